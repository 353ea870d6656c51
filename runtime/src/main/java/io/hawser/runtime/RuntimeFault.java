package io.hawser.runtime;

/** A step of the runtime failed: {@code mount(proc, /proc) failed: EPERM}. */
public class RuntimeFault extends RuntimeException {
  private final String reason;

  /**
   * @param reason one word for the pod's status, as Kubernetes uses it: {@code ErrImageNeverPull},
   *     {@code CreateContainerError}, {@code RunContainerError}, {@code CreatePodSandboxError}
   */
  public RuntimeFault(String reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public String reason() {
    return reason;
  }
}
