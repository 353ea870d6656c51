package io.hawser.node;

import io.hawser.model.PodStatus.ContainerState;
import io.hawser.runtime.RuntimeFault;
import java.time.Duration;
import java.util.Optional;

/** When a container that could not be started is tried again, and what is shown meanwhile. */
final class StartBackoff {
  private Duration next = NodeLimits.START_RETRY_FIRST;

  /**
   * @return how long to wait: each time twice as long, up to {@link NodeLimits#START_RETRY_MAX}
   */
  Duration failed() {
    Duration wait = next;
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(NodeLimits.START_RETRY_MAX) > 0 ? NodeLimits.START_RETRY_MAX : doubled;
    return wait;
  }

  void succeeded() {
    next = NodeLimits.START_RETRY_FIRST;
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
