package io.hawser.runtime.image.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How to run an image; fields as in the OCI image specification, config.md, and Docker's additions.
 * Maps are kept sorted, so that the same image always has the same digest.
 *
 * @param exposedPorts keys such as {@code 80/tcp}
 * @param env entries {@code NAME=value}, in order
 * @param shell Docker's SHELL, for the shell form of later instructions
 * @param onBuild Docker's triggers; kept, not run
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RunConfig(
    @JsonProperty("User") String user,
    @JsonProperty("ExposedPorts") SortedMap<String, Map<String, String>> exposedPorts,
    @JsonProperty("Env") List<String> env,
    @JsonProperty("Entrypoint") List<String> entrypoint,
    @JsonProperty("Cmd") List<String> cmd,
    @JsonProperty("Volumes") SortedMap<String, Map<String, String>> volumes,
    @JsonProperty("WorkingDir") String workingDir,
    @JsonProperty("Labels") SortedMap<String, String> labels,
    @JsonProperty("StopSignal") String stopSignal,
    @JsonProperty("Healthcheck") Healthcheck healthcheck,
    @JsonProperty("Shell") List<String> shell,
    @JsonProperty("OnBuild") List<String> onBuild) {
  public static final RunConfig EMPTY =
      new RunConfig(null, null, null, null, null, null, null, null, null, null, null, null);

  public RunConfig {
    user = user == null ? "" : user;
    exposedPorts = sorted(exposedPorts);
    env = env == null ? List.of() : List.copyOf(env);
    entrypoint = entrypoint == null ? List.of() : List.copyOf(entrypoint);
    cmd = cmd == null ? List.of() : List.copyOf(cmd);
    volumes = sorted(volumes);
    workingDir = workingDir == null ? "" : workingDir;
    labels = sorted(labels);
    stopSignal = stopSignal == null ? "" : stopSignal;
    shell = shell == null ? List.of() : List.copyOf(shell);
    onBuild = onBuild == null ? List.of() : List.copyOf(onBuild);
  }

  private static <V> SortedMap<String, V> sorted(Map<String, V> map) {
    return map == null ? new TreeMap<>() : new TreeMap<>(map);
  }

  /**
   * Docker's HEALTHCHECK; durations in nanoseconds, 0 means the default.
   *
   * @param test {@code [NONE]}, {@code [CMD, …]} or {@code [CMD-SHELL, command]}
   */
  @JsonInclude(JsonInclude.Include.NON_DEFAULT)
  public record Healthcheck(
      @JsonProperty("Test") List<String> test,
      @JsonProperty("Interval") long intervalNanos,
      @JsonProperty("Timeout") long timeoutNanos,
      @JsonProperty("StartPeriod") long startPeriodNanos,
      @JsonProperty("StartInterval") long startIntervalNanos,
      @JsonProperty("Retries") int retries) {}
}
