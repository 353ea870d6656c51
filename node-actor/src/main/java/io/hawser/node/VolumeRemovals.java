package io.hawser.node;

import io.hawser.cluster.protocol.NodeProtocol;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Removes the volumes that the scheduler named, one after another, and says which are gone. Part of
 * the NodeActor, on its thread; the removing itself is done on another. A volume that a pod here
 * may still have waits; one that can't be removed is tried again, ever more rarely.
 */
final class VolumeRemovals {
  /** A removal is over. */
  record Over(String volume, Optional<Throwable> failure) implements NodeProtocol.Command {}

  private static final class Wanted {
    private final DoublingWait pause =
        new DoublingWait(NodeLimits.VOLUME_REMOVE_FIRST, NodeLimits.VOLUME_REMOVE_MAX);
    private Instant notBefore = Instant.MIN;
    private boolean done;
  }

  private final Machine machine;
  private final ActorContext<NodeProtocol.Command> context;
  private final SchedulerLink link;
  private final Map<String, Wanted> wanted = new LinkedHashMap<>();
  private Optional<String> underWay = Optional.empty();

  VolumeRemovals(Machine machine, ActorContext<NodeProtocol.Command> context, SchedulerLink link) {
    this.machine = machine;
    this.context = context;
    this.link = link;
  }

  /**
   * The scheduler says which volumes are to go, all of them. What was removed and is named again is
   * removed and reported again: the report was perhaps lost.
   */
  void told(Collection<String> volumes) {
    wanted.keySet().retainAll(volumes);
    volumes.forEach(v -> wanted.computeIfAbsent(v, name -> new Wanted()).done = false);
  }

  /**
   * Begins the next removal that is due, unless one is under way.
   *
   * @param inUse whether a pod of this node may have a volume
   */
  void next(Predicate<String> inUse) {
    if (underWay.isPresent()) {
      return;
    }
    Instant now = machine.now();
    underWay =
        wanted.entrySet().stream()
            .filter(e -> !e.getValue().done && !e.getValue().notBefore.isAfter(now))
            .map(Map.Entry::getKey)
            .filter(volume -> !inUse.test(volume))
            .findFirst();
    underWay.ifPresent(
        volume ->
            context.pipeToSelf(
                machine.removeVolume(volume),
                (removed, failure) -> new Over(volume, Optional.ofNullable(failure))));
  }

  void over(Over message) {
    underWay = Optional.empty();
    Wanted volume = wanted.get(message.volume());
    if (message.failure().isEmpty()) {
      context.getLog().info("volume {} is removed", message.volume());
      link.volumeRemoved(message.volume());
      if (volume != null) {
        volume.done = true;
      }
    } else if (volume != null) {
      var pause = volume.pause.next();
      volume.notBefore = machine.now().plus(pause);
      context
          .getLog()
          .warn(
              "{}; tried again in {} s",
              NodeThreads.text(message.failure().get()),
              pause.toSeconds());
    }
  }
}
