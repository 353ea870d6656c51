package io.hawser.runtime;

import java.util.List;

/**
 * A process to run in a running container.
 *
 * @param tty a terminal of the container's own devpts; stderr is then part of stdout
 * @param stdin false: stdin is /dev/null
 */
public record ExecSpec(List<String> command, boolean stdin, boolean tty) {}
