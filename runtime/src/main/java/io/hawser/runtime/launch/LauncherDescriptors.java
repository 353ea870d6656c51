package io.hawser.runtime.launch;

/** The file descriptors the launcher finds, apart from the standard streams. */
final class LauncherDescriptors {
  /** The memfd with the encoded plan. */
  static final int PROGRAM = 3;

  /**
   * A byte from Java opens it, first of all when the plan is there; end of file means that Java
   * died.
   */
  static final int GATE = 4;

  /** Errors go here; its closing by execve tells Java that all went well. */
  static final int ERRORS = 5;

  /** A pidfd of the container's first process, for exec. */
  static final int CONTAINER = 6;

  static final int FIRST_UNUSED = 7;

  private LauncherDescriptors() {}
}
