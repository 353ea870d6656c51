package io.hawser.node;

import io.hawser.model.PodStatus.ContainerState;
import io.hawser.runtime.image.ImageFault;
import java.time.Duration;
import java.util.Optional;

/** What is shown of an image that can't be had, and when it is tried again; as in Kubernetes. */
final class PullBackoff {
  static final String FAILED = "ErrImagePull";
  static final String BACKING_OFF = "ImagePullBackOff";

  private final DoublingWait wait =
      new DoublingWait(NodeLimits.PULL_RETRY_FIRST, NodeLimits.PULL_RETRY_MAX);

  /** The wait before the next try; doubled each time. */
  Duration failed() {
    return wait.next();
  }

  void succeeded() {
    wait.reset();
  }

  /** The state right after a failure. */
  static ContainerState state(Throwable failure) {
    return ContainerState.waiting(reason(failure), Optional.of(NodeThreads.text(failure)));
  }

  /** The state while the next try is waited for; some failures need no other word. */
  static ContainerState waiting(ContainerState failed, String image) {
    if (!failed.reason().equals(Optional.of(FAILED))) {
      return failed;
    }
    String cause = failed.message().map(m -> ": " + m).orElse("");
    return ContainerState.waiting(
        BACKING_OFF, Optional.of("Back-off pulling image \"" + image + "\"" + cause));
  }

  private static String reason(Throwable failure) {
    if (failure instanceof ImageFault fault
        && (fault.kind() == ImageFault.Kind.NEVER_PULL
            || fault.kind() == ImageFault.Kind.INVALID_NAME)) {
      return fault.reason();
    }
    return FAILED;
  }
}
