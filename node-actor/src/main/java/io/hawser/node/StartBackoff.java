package io.hawser.node;

import io.hawser.model.PodStatus.ContainerState;
import io.hawser.runtime.RuntimeFault;
import java.time.Duration;
import java.util.Optional;

/** When a container that could not be started is tried again, and what is shown meanwhile. */
final class StartBackoff {
  private final DoublingWait wait =
      new DoublingWait(NodeLimits.START_RETRY_FIRST, NodeLimits.START_RETRY_MAX);

  /** The wait before the next try; doubled each time. */
  Duration failed() {
    return wait.next();
  }

  void succeeded() {
    wait.reset();
  }

  static ContainerState state(Throwable failure) {
    return ContainerState.waiting(reason(failure), Optional.of(NodeThreads.text(failure)));
  }

  private static String reason(Throwable failure) {
    if (failure instanceof ConfigFault fault) {
      return fault.reason();
    }
    return failure instanceof RuntimeFault fault ? fault.reason() : "CreateContainerError";
  }
}
