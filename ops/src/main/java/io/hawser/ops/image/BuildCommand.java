package io.hawser.ops.image;

import io.hawser.ops.client.Texts;
import io.hawser.ops.local.Requirements;
import io.hawser.runtime.BuildContainers;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.ImageName;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.build.BuildRequest;
import io.hawser.runtime.image.build.RunStep;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser image build}. */
@Command(name = "build", description = "Build an image from a Dockerfile.")
final class BuildCommand extends ImageAction {
  @Parameters(index = "0", paramLabel = "DIR", description = "What COPY and ADD read.")
  Path context;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "The Dockerfile (default: DIR/Dockerfile).")
  Path file;

  @Option(
      names = {"-t", "--tag"},
      paramLabel = "NAME",
      description = "A name for the image; may be given several times.")
  List<String> tags = new ArrayList<>();

  @Option(
      names = "--build-arg",
      paramLabel = "NAME[=VALUE]",
      description = "A value for an ARG; without =VALUE it is taken from the environment.")
  List<String> buildArgs = new ArrayList<>();

  @Option(names = "--target", paramLabel = "STAGE", description = "Build this stage, not the last.")
  String target;

  @Option(names = "--no-cache", description = "Execute every step, whatever was built before.")
  boolean noCache;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print the image's id only.")
  boolean quiet;

  @Option(names = "-o", paramLabel = "json", description = "Print the result as JSON.")
  String output;

  @Override
  public Integer call() {
    Outputs.check(this::usage, output);
    boolean silent = quiet || output != null;
    Consumer<String> progress = silent ? line -> {} : out()::println;
    try (BuildContainers containers = new BuildContainers(imageDirectory())) {
      StoredImage image = images().build(request(containers, progress));
      print(image);
    }
    return DONE;
  }

  private BuildRequest request(BuildContainers containers, Consumer<String> progress) {
    RunStep run = Requirements.isRoot() ? containers : BuildCommand::needsRoot;
    BuildRequest request =
        BuildRequest.of(context.toAbsolutePath(), tags.toArray(String[]::new))
            .withBuildArgs(arguments())
            .withRegistries(registries())
            .withRunStep(run)
            .withOutput(progress);
    request = file == null ? request : request.withDockerfile(file.toAbsolutePath());
    request = target == null ? request : request.withTarget(target);
    return noCache ? request.withoutCache() : request;
  }

  private static int needsRoot(RunStep.Request request) {
    throw new ImageFault(
        ImageFault.Kind.BAD_INPUT,
        "RUN needs root, for it is executed in a container: run this command as root");
  }

  private Map<String, String> arguments() {
    Map<String, String> arguments = new LinkedHashMap<>();
    for (String argument : buildArgs) {
      int equals = argument.indexOf('=');
      if (equals == 0) {
        throw usage("--build-arg: expected NAME=VALUE, got " + argument);
      }
      if (equals > 0) {
        arguments.put(argument.substring(0, equals), argument.substring(equals + 1));
      } else {
        Optional.ofNullable(streams().environment().get(argument))
            .ifPresent(value -> arguments.put(argument, value));
      }
    }
    return arguments;
  }

  private void print(StoredImage image) {
    if (output != null) {
      out().println(Texts.json(Outputs.image(image, tags)));
    } else if (quiet) {
      out().println(image.id());
    } else {
      String names =
          String.join(", ", tags.stream().map(t -> ImageName.parse(t).familiar()).toList());
      out().println("built " + (names.isEmpty() ? "" : names + " ") + image.target().digest());
    }
  }
}
