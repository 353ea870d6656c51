package io.hawser.node;

import io.hawser.model.ContainerSize;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.runtime.RuntimeFault;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which sizes the running containers of one pod have, and how they get others in place. May be
 * asked from any thread; changed by the pod's steps alone, which come one after another.
 */
final class PodSizes {
  private static final Logger LOG = LoggerFactory.getLogger(PodSizes.class);

  private final Map<String, ContainerSize> given = new ConcurrentHashMap<>();
  private final Map<String, ContainerSize> changed = new ConcurrentHashMap<>();

  void started(PodContainer container) {
    changed.remove(container.name());
    given.put(container.name(), ContainerSize.of(container));
  }

  /** The present size of a container that was resized since it was started. */
  Optional<ContainerSize> changed(String container) {
    return Optional.ofNullable(changed.get(container));
  }

  /**
   * Gives running containers the sizes of the spec. Of one that an earlier process of the node
   * started nobody knows what it was given last: it is given its size once more.
   *
   * @return what went wrong, by container; to be tried again
   */
  Map<String, String> apply(PodSpec spec, Function<String, Optional<PodWork.Held>> held) {
    Map<String, String> failures = new TreeMap<>();
    for (PodContainer container : spec.containers()) {
      Optional<PodWork.Held> running = held.apply(container.name()).filter(h -> !h.hasEnded());
      ContainerSize wanted = ContainerSize.of(container);
      ContainerSize had = given.get(container.name());
      if (running.isEmpty() || wanted.equals(had)) {
        continue;
      }
      try {
        running.get().current().update(ContainerSpecs.limits(container));
        given.put(container.name(), wanted);
        if (had != null) {
          changed.put(container.name(), wanted);
        }
      } catch (RuntimeFault fault) {
        if (had == null) {
          LOG.warn("container {} keeps the limits it has: {}", container.name(), fault.toString());
          given.put(container.name(), wanted);
        } else if (!running.get().hasEnded()) {
          failures.put(container.name(), "not resized: " + NodeThreads.text(fault));
        }
      }
    }
    return failures;
  }
}
