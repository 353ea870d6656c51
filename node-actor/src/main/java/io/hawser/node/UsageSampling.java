package io.hawser.node;

import io.hawser.runtime.Container;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Reads the use of every running container. Blocks for some small file reads each. */
final class UsageSampling {
  private UsageSampling() {}

  static UsageRing.Sample read(Collection<PodWork> pods, Instant now) {
    Map<String, UsageRing.Read> containers = new HashMap<>();
    for (PodWork pod : pods) {
      for (PodWork.Held held : pod.allHeld().values()) {
        if (!held.hasEnded()) {
          Container container = held.current();
          try {
            containers.put(
                container.id(),
                new UsageRing.Read(
                    pod.assigned().name() + "/" + container.name(), container.usage()));
          } catch (RuntimeException e) {
            // It ended between the check and the read.
          }
        }
      }
    }
    return new UsageRing.Sample(now, System.nanoTime(), containers);
  }
}
