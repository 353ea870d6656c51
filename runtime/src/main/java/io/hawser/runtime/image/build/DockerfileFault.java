package io.hawser.runtime.image.build;

import io.hawser.runtime.image.ImageFault;

/** Makes the faults of a Dockerfile: {@code Dockerfile:12: …}. */
final class DockerfileFault {
  private DockerfileFault() {}

  static ImageFault at(String file, int line, String message) {
    return new ImageFault(ImageFault.Kind.BAD_INPUT, file + ":" + line + ": " + message);
  }
}
