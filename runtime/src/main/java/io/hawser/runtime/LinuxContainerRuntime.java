package io.hawser.runtime;

/** The real thing. */
final class LinuxContainerRuntime {
  private LinuxContainerRuntime() {}

  static ContainerRuntime open(RuntimeConfig config) {
    throw new IllegalStateException("not built yet");
  }
}
