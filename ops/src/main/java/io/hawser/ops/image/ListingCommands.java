package io.hawser.ops.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.Texts;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.Images.HistoryLine;
import io.hawser.runtime.image.Images.Summary;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.oci.OciJson;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The image commands that only look. */
final class ListingCommands {
  private static final int SHOWN_STEP = 70;

  private ListingCommands() {}

  /** {@code hawser image ls}. */
  @Command(
      name = "ls",
      aliases = "list",
      description = "List the images: unpacked sizes, shared with others and an image's own.")
  static final class Listing extends ImageAction {
    @Option(names = "-o", paramLabel = "json", description = "Print JSON.")
    String output;

    @Option(
        names = {"-q", "--quiet"},
        description = "Print ids only.")
    boolean quiet;

    @Override
    public Integer call() {
      Outputs.check(this::usage, output);
      List<Summary> images = images().list();
      if (output != null) {
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        images.forEach(image -> all.add(json(image)));
        out().println(Texts.json(all));
      } else if (quiet) {
        images.forEach(image -> out().println(image.id()));
      } else {
        table(images);
      }
      return DONE;
    }

    private void table(List<Summary> images) {
      int width = images.stream().mapToInt(i -> i.name().length()).max().orElse(0);
      String row = "%-" + Math.max(width, 24) + "s  %-12s  %10s  %10s  %10s";
      out().println(String.format(row, "NAME", "ID", "SIZE", "SHARED", "UNIQUE"));
      for (Summary image : images) {
        out()
            .println(
                String.format(
                    row,
                    image.name(),
                    image.id().shortHex(),
                    Outputs.size(image.sizeBytes()),
                    Outputs.size(image.sharedBytes()),
                    Outputs.size(image.uniqueBytes())));
      }
    }

    private static ObjectNode json(Summary image) {
      return JsonNodeFactory.instance
          .objectNode()
          .put("name", image.name())
          .put("id", image.id().toString())
          .put("digest", image.digest().toString())
          .put("created", image.created())
          .put("packedBytes", image.packedBytes())
          .put("sizeBytes", image.sizeBytes())
          .put("sharedBytes", image.sharedBytes())
          .put("uniqueBytes", image.uniqueBytes());
    }
  }

  /** {@code hawser image inspect}. */
  @Command(name = "inspect", description = "Show an image's manifest and config as JSON.")
  static final class Inspect extends ImageAction {
    @Parameters(index = "0", paramLabel = "NAME")
    String name;

    @Override
    public Integer call() {
      Images images = images();
      StoredImage image = images.inspect(name);
      ObjectNode node = Outputs.image(image, List.of());
      node.put("name", Outputs.name(image));
      node.set("manifest", document(images, image.manifest().digest()));
      node.set("config", document(images, image.content().config().digest()));
      out().println(Texts.json(node));
      return DONE;
    }

    private static com.fasterxml.jackson.databind.JsonNode document(Images images, Digest digest) {
      return OciJson.tree(images.library().document(digest), digest.toString());
    }
  }

  /** {@code hawser image history}. */
  @Command(name = "history", description = "Show the steps that made an image, newest first.")
  static final class History extends ImageAction {
    @Parameters(index = "0", paramLabel = "NAME")
    String name;

    @Option(names = "-o", paramLabel = "json", description = "Print JSON.")
    String output;

    @Override
    public Integer call() {
      Outputs.check(this::usage, output);
      List<HistoryLine> lines = images().history(name);
      if (output != null) {
        List<ObjectNode> nodes = new ArrayList<>();
        lines.forEach(line -> nodes.add(json(line)));
        out().println(Texts.json(JsonNodeFactory.instance.arrayNode().addAll(nodes)));
        return DONE;
      }
      String row = "%-12s  %10s  %s";
      out().println(String.format(row, "LAYER", "SIZE", "STEP"));
      for (HistoryLine line : lines) {
        String layer = line.diffId().map(Digest::shortHex).orElse("");
        String size = line.diffId().isPresent() ? Outputs.size(line.bytes()) : "";
        out().println(String.format(row, layer, size, shown(line.createdBy())));
      }
      return DONE;
    }

    private static String shown(String step) {
      String line = step.replaceAll("\\s+", " ").strip();
      return line.length() > SHOWN_STEP ? line.substring(0, SHOWN_STEP - 1) + "…" : line;
    }

    private static ObjectNode json(HistoryLine line) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put("created", line.created()).put("createdBy", line.createdBy());
      line.diffId().ifPresent(d -> node.put("diffId", d.toString()).put("bytes", line.bytes()));
      return node;
    }
  }
}
