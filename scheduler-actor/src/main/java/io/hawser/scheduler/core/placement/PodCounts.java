package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** How many pods deployments and replica sets have; of those that were asked for. */
public final class PodCounts extends KeptCounts {
  /**
   * An owner's pods that are neither ended nor told to stop, of one template.
   *
   * @param newestReady none of them became ready after it; it may be later than any did
   * @param moving those that go once another one serves
   */
  public record Live(int pods, int ready, Instant newestReady, int moving) {
    static final Live NONE = new Live(0, 0, Instant.MIN, 0);

    /** A pod that is being moved and its replacement count as one. */
    public int settled() {
      return pods - moving;
    }

    /** The same of those that are ready. */
    public int settledReady() {
      return Math.min(ready, settled());
    }

    private Live plus(Pod pod, int amount) {
      Optional<Instant> since = pod.status().readySince();
      return new Live(
          pods + amount,
          since.isPresent() ? ready + amount : ready,
          since.filter(newestReady::isBefore).orElse(newestReady),
          pod.move().isPresent() ? moving + amount : moving);
    }
  }

  /** By owner's identity, not by name alone: an older one's pods may still be stopping. */
  private record Kind(String uid, String templateHash) {}

  /** Of one owner. */
  public static final class Tally {
    private final Map<Kind, Live> live = new HashMap<>();
    private int ending;

    public Live live(String uid, String templateHash) {
      return live.getOrDefault(new Kind(uid, templateHash), Live.NONE);
    }

    /** All templates of an owner together. */
    public Live live(String uid) {
      Live sum = Live.NONE;
      for (Map.Entry<Kind, Live> one : live.entrySet()) {
        if (one.getKey().uid().equals(uid)) {
          Live more = one.getValue();
          boolean newer = more.newestReady().isAfter(sum.newestReady());
          sum =
              new Live(
                  sum.pods() + more.pods(),
                  sum.ready() + more.ready(),
                  newer ? more.newestReady() : sum.newestReady(),
                  sum.moving() + more.moving());
        }
      }
      return sum;
    }

    /** Every pod of the name is this owner's, of this template, and neither ended nor stopping. */
    public boolean isAllOf(String uid, String templateHash) {
      return ending == 0
          && (live.isEmpty() || live.size() == 1 && live(uid, templateHash).pods() > 0);
    }

    private void add(Pod pod, int amount) {
      if (pod.isDeleting() || pod.isWrittenOff() || !pod.isActive()) {
        ending += amount;
        return;
      }
      Pod.Owner owner = pod.owner().orElseThrow();
      Kind kind = new Kind(owner.uid(), owner.templateHash());
      Live now = live.getOrDefault(kind, Live.NONE).plus(pod, amount);
      if (now.pods() == 0) {
        live.remove(kind);
      } else {
        live.put(kind, now);
      }
    }
  }

  private final Map<ObjectKey, Tally> tallies = new HashMap<>();

  /** The pods that name a deployment as their owner, in this state. */
  public Tally of(ClusterState state, ObjectName deployment) {
    return of(state, ObjectKey.of(Pod.Owner.DEPLOYMENT, deployment));
  }

  /** The pods that name an object as their owner, in this state. */
  public Tally of(ClusterState state, ObjectKey owner) {
    at(state);
    return tallies.computeIfAbsent(
        owner,
        key -> {
          Tally tally = new Tally();
          state.podsOf(key).forEach(pod -> tally.add(pod, 1));
          return tally;
        });
  }

  @Override
  void forgetAll() {
    tallies.clear();
  }

  @Override
  void change(Pod pod, int amount, ClusterState after) {
    if (pod.owner().isPresent()) {
      Tally tally = tallies.get(pod.ownerKey().get());
      if (tally != null) {
        tally.add(pod, amount);
      }
    }
  }
}
