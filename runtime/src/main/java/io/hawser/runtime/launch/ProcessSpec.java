package io.hawser.runtime.launch;

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
    boolean noNewPrivileges) {}
