package io.hawser.runtime.image.build;

import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.ImageLibrary;
import io.hawser.runtime.image.ImageName;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.layer.ImageTree;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.registry.Puller;
import io.hawser.runtime.image.registry.TransferProgress;
import io.hawser.runtime.image.store.Lease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Builds an image from a Dockerfile. Only the stages that the target needs are built. No clock goes
 * into the result: the same inputs give the same digest.
 */
public final class ImageBuilder {
  private final ImageLibrary library;
  private final BuildRequest request;
  private final Lease lease;
  private final String file;
  private final DockerIgnore ignore;
  private final Stage.Split dockerfile;
  private final Map<String, String> globalArgs = new LinkedHashMap<>();
  private final Map<Integer, StageImage> built = new HashMap<>();
  private final Set<Integer> building = new HashSet<>();
  private final Set<String> usedArgs = new HashSet<>();

  private ImageBuilder(ImageLibrary library, BuildRequest request, Lease lease) throws IOException {
    this.library = library;
    this.request = request;
    this.lease = lease;
    if (!Files.isDirectory(request.context())) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT, "the build's directory " + request.context() + " is missing");
    }
    Path path = request.dockerfile().orElse(request.context().resolve("Dockerfile"));
    this.file = path.getFileName().toString();
    this.ignore = ignore(path);
    this.dockerfile = Stage.split(DockerfileParser.parse(file, read(path)));
  }

  /**
   * Builds and names an image.
   *
   * @throws ImageFault {@code BAD_INPUT} with file and line when the Dockerfile is wrong or a step
   *     fails
   */
  public static StoredImage build(ImageLibrary library, BuildRequest request) {
    List<ImageName> names = request.tags().stream().map(ImageName::parse).toList();
    try (Lease lease = library.lease()) {
      return new ImageBuilder(library, request, lease).build(names);
    } catch (IOException e) {
      throw ImageFault.of("the build failed", e);
    }
  }

  private static String read(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new ImageFault(ImageFault.Kind.BAD_INPUT, "there is no " + path);
    }
    return Files.readString(path);
  }

  private DockerIgnore ignore(Path dockerfilePath) throws IOException {
    Path own = dockerfilePath.resolveSibling(dockerfilePath.getFileName() + ".dockerignore");
    for (Path path : List.of(own, request.context().resolve(".dockerignore"))) {
      if (Files.isRegularFile(path)) {
        return DockerIgnore.parse(path.getFileName().toString(), Files.readString(path));
      }
    }
    return DockerIgnore.none();
  }

  private StoredImage build(List<ImageName> names) throws IOException {
    globalArgs.putAll(platformArgs());
    for (Instruction instruction : dockerfile.globalArgs()) {
      declare(instruction, globalArgs, globalArgs::get, Map.of());
    }
    StageImage image = stage(target());
    Descriptor manifest = library.put(image.document(), image.layers, lease);
    StoredImage stored = library.read(manifest.digest().toString(), manifest);
    library.unpack(stored, lease);
    for (ImageName name : names) {
      stored = library.name(name, manifest);
    }
    for (String arg : request.buildArgs().keySet()) {
      if (!usedArgs.contains(arg)) {
        request.output().accept("warning: no ARG takes the build argument " + arg);
      }
    }
    return stored;
  }

  private Stage target() {
    List<Stage> stages = dockerfile.stages();
    if (request.target().isEmpty()) {
      return stages.get(stages.size() - 1);
    }
    return stages.stream()
        .filter(stage -> stage.isCalled(request.target().get()))
        .findFirst()
        .orElseThrow(
            () ->
                new ImageFault(
                    ImageFault.Kind.BAD_INPUT,
                    file + " has no stage '" + request.target().get() + "'"));
  }

  private Map<String, String> platformArgs() {
    Platform platform = library.platform();
    Map<String, String> args = new LinkedHashMap<>();
    for (String side : new String[] {"TARGET", "BUILD"}) {
      args.put(side + "PLATFORM", platform.toString());
      args.put(side + "OS", platform.os());
      args.put(side + "ARCH", platform.architecture());
    }
    return args;
  }

  /** ARG: the caller's value wins, then the default, then what was declared before FROM. */
  void declare(
      Instruction instruction,
      Map<String, String> args,
      java.util.function.Function<String, String> variables,
      Map<String, String> inherited) {
    for (String word : ShellWords.split(instruction, instruction.text())) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
        throw instruction.fault("'" + name + "' is no variable's name");
      }
      if (request.buildArgs().containsKey(name)) {
        usedArgs.add(name);
        args.put(name, request.buildArgs().get(name));
      } else if (equals >= 0) {
        args.put(name, ShellWords.expand(instruction, word.substring(equals + 1), variables));
      } else if (inherited.containsKey(name)) {
        args.put(name, inherited.get(name));
      }
    }
  }

  Map<String, String> globalArgs() {
    return globalArgs;
  }

  BuildRequest request() {
    return request;
  }

  ImageLibrary library() {
    return library;
  }

  Lease lease() {
    return lease;
  }

  DockerIgnore ignore() {
    return ignore;
  }

  private StageImage stage(Stage stage) throws IOException {
    StageImage done = built.get(stage.index());
    if (done != null) {
      return done;
    }
    if (!building.add(stage.index())) {
      throw stage.from().fault("the stage needs itself");
    }
    StageImage image = base(stage);
    new StageRun(this, image, stage).run();
    built.put(stage.index(), image);
    return image;
  }

  private StageImage base(Stage stage) throws IOException {
    String base = ShellWords.expand(stage.from(), stage.base(), name -> globalArgs.get(name));
    if (base.isEmpty()) {
      throw stage.from().fault("FROM's image is empty after its variables were expanded");
    }
    request.output().accept("FROM " + base);
    if (base.equals("scratch")) {
      return StageImage.scratch(library.platform(), request.epochSeconds());
    }
    Optional<Stage> other = earlier(stage, base);
    if (other.isPresent()) {
      return StageImage.from(stage(other.get()), request.epochSeconds());
    }
    StoredImage image = image(stage.from(), base);
    if (!image.config().config().onBuild().isEmpty()) {
      throw stage.from().fault(base + " has ONBUILD triggers, which are not supported");
    }
    image.content().layers().forEach(layer -> lease.hold(layer.digest()));
    return StageImage.from(image, request.epochSeconds());
  }

  private Optional<Stage> earlier(Stage stage, String name) {
    return dockerfile.stages().subList(0, stage.index()).stream()
        .filter(s -> s.isCalled(name) && (s.name().isPresent() || name.matches("\\d+")))
        .reduce((first, second) -> second);
  }

  private StoredImage image(Instruction instruction, String name) {
    Optional<StoredImage> here = library.find(name);
    if (here.isPresent()) {
      return here.get();
    }
    if (request.registries().isEmpty()) {
      throw instruction.fault("the image " + name + " is not here, and no registry may be asked");
    }
    return new Puller(library, request.registries().get())
        .pull(ImageName.parse(name), library.platform(), TransferProgress.SILENT);
  }

  /** What COPY's {@code --from} reads: an earlier stage, or an image. */
  ImageTree treeOf(Stage asking, Instruction instruction, String name) throws IOException {
    Optional<Stage> stage = earlier(asking, name);
    if (stage.isPresent()) {
      return tree(stage(stage.get()));
    }
    if (name.matches("\\d+") || asking.isCalled(name)) {
      throw instruction.fault("--from=" + name + " is no earlier stage");
    }
    return library.tree(image(instruction, name), lease);
  }

  /** The files of a stage so far. */
  ImageTree tree(StageImage image) {
    return new ImageTree(layerDirectories(image));
  }

  /** The unpacked layers of a stage so far, uppermost first. */
  List<Path> layerDirectories(StageImage image) {
    List<Path> topFirst = new ArrayList<>();
    for (int i = 0; i < image.layers.size(); i++) {
      topFirst.add(
          0,
          library
              .layers()
              .unpack(image.layers.get(i).digest(), image.diffIds.subList(0, i + 1), lease)
              .directory());
    }
    return topFirst;
  }
}
