package io.hawser.runtime;

import java.time.Instant;

/**
 * How a container's first process ended.
 *
 * @param code exit code; 128 + signal when a signal ended it; 255 when it could not be learned (the
 *     process ended while no agent ran)
 * @param signal the signal that ended it, or 0
 * @param oomKilled the kernel killed a process of it for exceeding its memory limit
 */
public record ExitStatus(int code, int signal, boolean oomKilled, Instant at) {
  /** Kubernetes' reason word. */
  public String reason() {
    if (oomKilled) {
      return "OOMKilled";
    }
    return code == 0 ? "Completed" : "Error";
  }
}
