package io.hawser.node;

/**
 * A container can't be started as its spec asks for.
 *
 * @see #reason() the waiting reason of its status
 */
final class ConfigFault extends RuntimeException {
  static final String CONFIG = "CreateContainerConfigError";

  /** Of a pod whose volume can't be made. */
  static final String MOUNT = "FailedMount";

  private final String reason;

  ConfigFault(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
