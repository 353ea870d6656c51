package io.hawser.runtime.image.build;

import io.hawser.runtime.image.layer.Compression;
import io.hawser.runtime.image.registry.RegistrySettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What to build.
 *
 * @param context the directory that COPY and ADD read
 * @param dockerfile empty: {@code Dockerfile} in the context
 * @param tags names for the result
 * @param target a stage's name or number; empty: the last
 * @param registries where missing base images come from; empty: they must be here
 * @param runStep executes RUN
 * @param useCache false: every step is executed
 * @param epochSeconds the latest time of a file, and the time of creation; 0 is 1970
 * @param output gets lines that tell how it goes
 */
public record BuildRequest(
    Path context,
    Optional<Path> dockerfile,
    List<String> tags,
    Map<String, String> buildArgs,
    Optional<String> target,
    Optional<RegistrySettings> registries,
    RunStep runStep,
    boolean useCache,
    long epochSeconds,
    Compression compression,
    Consumer<String> output) {

  /** A build of a directory's own Dockerfile, with the cache, without a registry and RUN. */
  public static BuildRequest of(Path context, String... tags) {
    return new BuildRequest(
        context,
        Optional.empty(),
        List.of(tags),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        RunStep.UNAVAILABLE,
        true,
        0,
        Compression.GZIP,
        line -> {});
  }

  public BuildRequest withDockerfile(Path newDockerfile) {
    return new BuildRequest(
        context,
        Optional.of(newDockerfile),
        tags,
        buildArgs,
        target,
        registries,
        runStep,
        useCache,
        epochSeconds,
        compression,
        output);
  }

  public BuildRequest withBuildArgs(Map<String, String> newArgs) {
    return new BuildRequest(
        context,
        dockerfile,
        tags,
        newArgs,
        target,
        registries,
        runStep,
        useCache,
        epochSeconds,
        compression,
        output);
  }

  public BuildRequest withTarget(String newTarget) {
    return new BuildRequest(
        context,
        dockerfile,
        tags,
        buildArgs,
        Optional.of(newTarget),
        registries,
        runStep,
        useCache,
        epochSeconds,
        compression,
        output);
  }

  public BuildRequest withRegistries(RegistrySettings settings) {
    return new BuildRequest(
        context,
        dockerfile,
        tags,
        buildArgs,
        target,
        Optional.of(settings),
        runStep,
        useCache,
        epochSeconds,
        compression,
        output);
  }

  public BuildRequest withRunStep(RunStep newRunStep) {
    return new BuildRequest(
        context,
        dockerfile,
        tags,
        buildArgs,
        target,
        registries,
        newRunStep,
        useCache,
        epochSeconds,
        compression,
        output);
  }

  public BuildRequest withoutCache() {
    return new BuildRequest(
        context,
        dockerfile,
        tags,
        buildArgs,
        target,
        registries,
        runStep,
        false,
        epochSeconds,
        compression,
        output);
  }

  public BuildRequest withOutput(Consumer<String> newOutput) {
    return new BuildRequest(
        context,
        dockerfile,
        tags,
        buildArgs,
        target,
        registries,
        runStep,
        useCache,
        epochSeconds,
        compression,
        newOutput);
  }
}
