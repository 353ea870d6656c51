package io.hawser.runtime.launch;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A process to become: what it runs, as whom, with which rights. All resolved, nothing looked up.
 *
 * @param arguments the first is the program: a path, or a name that is looked up in PATH
 * @param environment entries {@code NAME=value}
 * @param workingDir absolute path in the container
 * @param groups supplementary groups
 * @param capabilities the bounding set, and what root has; another user starts with none
 * @param noNewPrivileges true: set-uid programs and file capabilities give nothing
 */
public record ProcessSpec(
    List<String> arguments,
    List<String> environment,
    String workingDir,
    long uid,
    long gid,
    List<Long> groups,
    Set<Capability> capabilities,
    boolean noNewPrivileges) {

  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /** Where execvp(3) would look for the program, in this order. */
  public List<String> candidates() {
    String program = arguments.get(0);
    if (program.contains("/")) {
      return List.of(program);
    }
    String path = DEFAULT_PATH;
    for (String entry : environment) {
      if (entry.startsWith("PATH=")) {
        path = entry.substring("PATH=".length());
      }
    }
    List<String> candidates = new ArrayList<>();
    for (String directory : path.split(":")) {
      candidates.add((directory.isEmpty() ? "." : directory) + "/" + program);
    }
    return candidates;
  }
}
