package io.hawser.ops.image;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.hawser.ops.client.Texts;
import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.store.GarbageCollection;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The image commands that give names and take them away. */
final class NameCommands {
  private NameCommands() {}

  /** {@code hawser image tag}. */
  @Command(name = "tag", description = "Give an image a further name.")
  static final class Tag extends ImageAction {
    @Parameters(index = "0", paramLabel = "NAME")
    String name;

    @Parameters(index = "1", paramLabel = "NEW-NAME")
    String further;

    @Override
    public Integer call() {
      StoredImage image = images().tag(name, further);
      out().println(Outputs.line(image));
      return DONE;
    }
  }

  /** {@code hawser image rm}. */
  @Command(
      name = "rm",
      description = "Take names away; the last name of an image takes its content with it.")
  static final class Remove extends ImageAction {
    @Parameters(arity = "1..*", paramLabel = "NAME")
    List<String> names = new ArrayList<>();

    @Option(names = "--force", description = "Also when a container uses the image.")
    boolean force;

    @Override
    public Integer call() {
      Images images = images();
      for (String name : names) {
        images.remove(name, force);
        out().println("removed " + name);
      }
      images.prune(false);
      return DONE;
    }
  }

  /** {@code hawser image prune}. */
  @Command(
      name = "prune",
      description = "Free what no name and no container needs; running operations keep theirs.")
  static final class Prune extends ImageAction {
    @Option(
        names = {"-a", "--all"},
        description = "Also images that no container uses, and the build cache.")
    boolean all;

    @Option(names = "-o", paramLabel = "json", description = "Print JSON.")
    String output;

    @Override
    public Integer call() {
      Outputs.check(this::usage, output);
      GarbageCollection.Freed freed = images().prune(all);
      if (output != null) {
        out()
            .println(
                Texts.json(
                    JsonNodeFactory.instance
                        .objectNode()
                        .put("blobs", freed.blobs())
                        .put("layers", freed.layers())
                        .put("packedBytes", freed.bytes())));
      } else {
        out()
            .println(
                "freed %d blobs (%s packed) and %d unpacked layers"
                    .formatted(freed.blobs(), Outputs.size(freed.bytes()), freed.layers()));
      }
      return DONE;
    }
  }
}
