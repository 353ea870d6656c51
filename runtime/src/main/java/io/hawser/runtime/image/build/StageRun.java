package io.hawser.runtime.image.build;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.build.Instruction.Heredoc;
import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.layer.ImageTree;
import io.hawser.runtime.image.layer.LayerStore;
import io.hawser.runtime.image.layer.LayerWriter;
import io.hawser.runtime.image.layer.TreeLayer;
import io.hawser.runtime.image.oci.OciJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** Carries out the instructions of one stage. */
final class StageRun {
  private static final List<String> COPY_FLAGS = List.of("from", "chown", "chmod", "link");
  private static final List<String> ADD_FLAGS = List.of("chown", "chmod", "link");

  /** Part of every key: a change of what steps do must not find old results. */
  private static final String CACHE_VERSION = "1";

  private final ImageBuilder builder;
  private final BuildRequest request;
  private final StageImage image;
  private final Stage stage;
  private final ConfigInstructions config;
  private final BuildCache cache;

  StageRun(ImageBuilder builder, StageImage image, Stage stage) {
    this.builder = builder;
    this.request = builder.request();
    this.image = image;
    this.stage = stage;
    this.config = new ConfigInstructions(image);
    this.cache = new BuildCache(builder.library().layout());
  }

  void run() throws IOException {
    int number = 0;
    for (Instruction instruction : stage.steps()) {
      request
          .output()
          .accept(
              "["
                  + stage.name().orElse("stage " + stage.index())
                  + " "
                  + ++number
                  + "/"
                  + stage.steps().size()
                  + "] "
                  + instruction.shown().lines().findFirst().orElse(""));
      try {
        apply(instruction);
      } catch (ImageFault e) {
        String place = instruction.file() + ":" + instruction.line() + ": ";
        throw e.getMessage().startsWith(instruction.file() + ":")
            ? e
            : new ImageFault(e.kind(), place + e.getMessage(), e);
      }
    }
  }

  private void apply(Instruction instruction) throws IOException {
    switch (instruction.keyword()) {
      case ARG -> {
        builder.declare(instruction, image.args, image::variable, builder.globalArgs());
        image.remember(instruction.shown(), false);
      }
      case WORKDIR -> workdir(instruction);
      case COPY, ADD -> copy(instruction);
      case RUN -> run(instruction);
      default -> config.apply(instruction);
    }
  }

  private void workdir(Instruction instruction) throws IOException {
    List<String> words = config.words(instruction);
    String text = String.join(" ", words);
    String absolute = text.startsWith("/") ? text : image.workingDirOrRoot() + "/" + text;
    List<String> clean = new ArrayList<>();
    for (String component : RawNames.components(absolute)) {
      if (!component.equals("..")) {
        clean.add(component);
      } else if (!clean.isEmpty()) {
        clean.remove(clean.size() - 1);
      }
    }
    image.workingDir = "/" + String.join("/", clean);
    ImageTree tree = builder.tree(image);
    LayerPlan plan = new LayerPlan(tree, request.epochSeconds());
    plan.directory(tree.resolve(RawNames.raw(image.workingDir)), new UserLookup.Owner(0, 0));
    if (plan.changes()) {
      addLayer(plan);
    }
    image.remember(instruction.shown(), plan.changes());
  }

  private void copy(Instruction instruction) throws IOException {
    boolean isCopy = instruction.keyword() == Instruction.Keyword.COPY;
    instruction.allowFlags(isCopy ? COPY_FLAGS : ADD_FLAGS);
    Optional<String> from = instruction.flag("from").map(name -> config.expand(instruction, name));
    ImageTree tree = builder.tree(image);
    CopyStep.Settings settings =
        new CopyStep.Settings(
            from.isPresent()
                ? builder.treeOf(stage, instruction, from.get())
                : new ImageTree(List.of(request.context())),
            builder.ignore(),
            tree,
            image.workingDirOrRoot(),
            owner(instruction, tree),
            mode(instruction),
            from.isEmpty());
    LayerPlan plan = new LayerPlan(tree, request.epochSeconds());
    List<String> words =
        instruction
            .json()
            .map(json -> json.stream().map(w -> config.expand(instruction, w)).toList())
            .orElseGet(() -> copyWords(instruction));
    List<Heredoc> documents =
        instruction.heredocs().stream().map(h -> expanded(instruction, h)).toList();
    new CopyStep(instruction, settings, plan, builder.lease()).plan(words, documents);
    addLayer(plan);
    image.remember(instruction.shown(), true);
  }

  /** A here-document's marker is no word to expand. */
  private List<String> copyWords(Instruction instruction) {
    List<String> words = new ArrayList<>();
    for (String word : ShellWords.split(instruction, instruction.text())) {
      boolean marker = instruction.heredocs().stream().anyMatch(h -> h.marker().equals(word));
      words.add(marker ? word : config.expand(instruction, word));
    }
    return words;
  }

  private Heredoc expanded(Instruction instruction, Heredoc document) {
    return document.expand()
        ? new Heredoc(
            document.marker(),
            document.delimiter(),
            true,
            ShellWords.expandText(instruction, document.content(), image::variable))
        : document;
  }

  private Optional<UserLookup.Owner> owner(Instruction instruction, ImageTree tree)
      throws IOException {
    Optional<String> text =
        instruction.flag("chown").map(value -> config.expand(instruction, value));
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<UserLookup.Owner> owner = new UserLookup(tree).find(text.get());
    if (owner.isEmpty()) {
      throw instruction.fault(
          "--chown=" + text.get() + " is not in the image's /etc/passwd or /etc/group");
    }
    return owner;
  }

  private OptionalInt mode(Instruction instruction) {
    Optional<String> text =
        instruction.flag("chmod").map(value -> config.expand(instruction, value));
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    if (!text.get().matches("[0-7]{3,4}")) {
      throw instruction.fault("--chmod=" + text.get() + " is no octal mode such as 755");
    }
    return OptionalInt.of(Integer.parseInt(text.get(), 8));
  }

  private void addLayer(LayerPlan plan) throws IOException {
    Digest key = plan.key("files " + CACHE_VERSION + " " + request.compression());
    if (cached(key)) {
      return;
    }
    try (LayerWriter writer = LayerWriter.begin(builder.lease(), request.compression())) {
      plan.write(writer);
      store(key, writer.finish(builder.library().content(), builder.lease()));
    }
  }

  private boolean cached(Digest key) {
    if (!request.useCache()) {
      return false;
    }
    Optional<BuildCache.Entry> entry = cache.find(key, builder.library().clock().instant());
    if (entry.isEmpty()) {
      return false;
    }
    builder.lease().hold(entry.get().layer().digest());
    builder.lease().hold(entry.get().diffId());
    if (!builder.library().content().has(entry.get().layer().digest())) {
      return false;
    }
    image.addLayer(entry.get().layer(), entry.get().diffId());
    request.output().accept("  from the cache");
    return true;
  }

  private void store(Digest key, LayerWriter.Written written) {
    image.addLayer(written.layer(), written.diffId());
    cache.put(key, new BuildCache.Entry(written.layer(), List.copyOf(image.diffIds)));
  }

  private void run(Instruction instruction) throws IOException {
    instruction.allowFlags(List.of("network"));
    String network = instruction.flag("network").orElse("default");
    if (!List.of("default", "none", "host").contains(network)) {
      throw instruction.fault("--network=" + network + "; expected default, none or host");
    }
    Optional<RunStep.Script> script = script(instruction);
    List<String> command = instruction.json().orElseGet(() -> shellCommand(instruction, script));
    List<String> env = new ArrayList<>();
    image.env.forEach((name, value) -> env.add(name + "=" + value));
    new TreeMap<>(image.args)
        .forEach(
            (name, value) -> {
              if (!image.env.containsKey(name)) {
                env.add(name + "=" + value);
              }
            });
    Digest key = runKey(command, script, env, network);
    if (!cached(key)) {
      execute(instruction, command, script, env, network, key);
    }
    image.remember(instruction.shown(), true);
  }

  /** A here-document that is the whole instruction and says what executes it. */
  private static Optional<RunStep.Script> script(Instruction instruction) {
    return onlyDocument(instruction)
        .filter(document -> document.content().startsWith("#!"))
        .map(document -> new RunStep.Script(document.delimiter(), document.content()));
  }

  private static Optional<Heredoc> onlyDocument(Instruction instruction) {
    List<Heredoc> documents = instruction.heredocs();
    return documents.size() == 1 && instruction.text().strip().equals(documents.get(0).marker())
        ? Optional.of(documents.get(0))
        : Optional.empty();
  }

  /** Variables are the shell's to expand, also those in here-documents. */
  private List<String> shellCommand(Instruction instruction, Optional<RunStep.Script> script) {
    List<String> command = new ArrayList<>(image.shellOrDefault());
    if (script.isPresent()) {
      command.add(RunStep.SCRIPTS + "/" + script.get().name());
      return command;
    }
    Optional<Heredoc> only = onlyDocument(instruction);
    if (only.isPresent()) {
      command.add(only.get().content());
      return command;
    }
    StringBuilder text = new StringBuilder(instruction.text());
    for (Heredoc document : instruction.heredocs()) {
      text.append('\n').append(document.content()).append(document.delimiter());
    }
    command.add(text.toString());
    return command;
  }

  private Digest runKey(
      List<String> command, Optional<RunStep.Script> script, List<String> env, String network) {
    Map<String, Object> parts = new TreeMap<>();
    parts.put("version", CACHE_VERSION);
    parts.put("base", image.diffIds.isEmpty() ? "" : LayerStore.chainId(image.diffIds));
    parts.put("command", command);
    script.ifPresent(s -> parts.put("script", s.content()));
    parts.put("env", env);
    parts.put("network", network);
    parts.put("user", image.user);
    parts.put("workingDir", image.workingDir);
    parts.put("epoch", request.epochSeconds());
    parts.put("compression", request.compression().name());
    return Digest.of(OciJson.write(parts));
  }

  private void execute(
      Instruction instruction,
      List<String> command,
      Optional<RunStep.Script> script,
      List<String> env,
      String network,
      Digest key)
      throws IOException {
    List<Path> layers = builder.layerDirectories(image);
    Path upper = Files.createDirectory(builder.lease().stage("upper"));
    Path work = Files.createDirectory(builder.lease().stage("work"));
    int exit =
        request
            .runStep()
            .run(
                new RunStep.Request(
                    layers,
                    upper,
                    work,
                    command,
                    env,
                    image.user,
                    image.workingDirOrRoot(),
                    network,
                    script,
                    request.output()));
    if (exit != 0) {
      throw instruction.fault("RUN ended with exit code " + exit);
    }
    try (LayerWriter writer = LayerWriter.begin(builder.lease(), request.compression())) {
      TreeLayer.writeUpper(upper, writer, request.epochSeconds());
      store(key, writer.finish(builder.library().content(), builder.lease()));
    }
  }
}
