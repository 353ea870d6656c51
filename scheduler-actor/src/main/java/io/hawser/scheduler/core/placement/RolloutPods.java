package io.hawser.scheduler.core.placement;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The pods of deployments and replica sets that are on their way, sorted by what is to be done with
 * them; of those that were asked for last.
 */
public final class RolloutPods extends KeptCounts {
  /** Of all owners together; what is over is sorted anew when it is asked for again. */
  static final int MAX_PODS = 100_000;

  /** Of one owner; it changes with every event that is followed. */
  public static final class Sorted {
    private final String uid;
    private final String hash;
    private final DropLine fresh = new DropLine();
    private final DropLine stale = new DropLine();
    private final DropLine moving = new DropLine();
    private final TreeMap<ObjectName, Pod> finished = new TreeMap<>();
    private final Map<String, Integer> byHash = new HashMap<>();
    private int stoppingStale;
    private int pods;

    private Sorted(String uid, String templateHash) {
      this.uid = uid;
      this.hash = templateHash;
    }

    private boolean isOf(String ownerUid, String templateHash) {
      return uid.equals(ownerUid) && hash.equals(templateHash);
    }

    /** Of the current template, and neither ended, stopping nor on the move. */
    public DropLine fresh() {
      return fresh;
    }

    /** Of an older template. */
    public DropLine stale() {
      return stale;
    }

    /** Of the current template; they serve until another pod does. */
    public DropLine moving() {
      return moving;
    }

    /** They have ended by themselves. By name. */
    public List<Pod> finished() {
      return List.copyOf(finished.values());
    }

    /** Whether any pod of a template is left, in whatever state. */
    public boolean hasAny(String templateHash) {
      return byHash.containsKey(templateHash);
    }

    /** Whether a pod of an older template is still being stopped. */
    public boolean isStaleStopping() {
      return stoppingStale > 0;
    }

    /** How many have been ready since then or longer, of whatever template. */
    public int available(Instant since) {
      return fresh.available(since) + stale.available(since) + moving.available(since);
    }

    private void change(Pod pod, int amount) {
      Pod.Owner owner = pod.owner().orElseThrow();
      if (!owner.uid().equals(uid)) {
        return; // of an older owner of that name, still stopping
      }
      pods += amount;
      byHash.merge(owner.templateHash(), amount, (a, b) -> a + b == 0 ? null : (Integer) (a + b));
      boolean current = owner.templateHash().equals(hash);
      if (pod.isDeleting() || pod.isWrittenOff()) {
        stoppingStale += pod.isActive() && !current ? amount : 0;
      } else if (!pod.isActive()) {
        finished(pod, amount);
      } else if (!current) {
        change(stale, pod, amount);
      } else {
        change(pod.move().isPresent() ? moving : fresh, pod, amount);
      }
    }

    private void finished(Pod pod, int amount) {
      if (amount > 0) {
        finished.put(pod.name(), pod);
      } else {
        finished.remove(pod.name());
      }
    }

    private static void change(DropLine line, Pod pod, int amount) {
      if (amount > 0) {
        line.add(pod);
      } else {
        line.remove(pod);
      }
    }
  }

  private final LinkedHashMap<ObjectKey, Sorted> byOwner = new LinkedHashMap<>(16, 0.75f, true);
  private int pods;

  /**
   * The pods of an owner in this state; good until the next event that is not followed.
   *
   * @param templateHash of its current template; empty where pods tell no templates apart
   */
  public Sorted of(ClusterState state, ObjectKey key, String uid, String templateHash) {
    at(state);
    Sorted sorted = byOwner.get(key);
    if (sorted == null || !sorted.isOf(uid, templateHash)) {
      forget(key);
      sorted = new Sorted(uid, templateHash);
      for (Pod pod : state.podsOf(key)) {
        sorted.change(pod, 1);
      }
      byOwner.put(key, sorted);
      pods += sorted.pods;
      makeRoom();
    }
    return sorted;
  }

  private void forget(ObjectKey key) {
    Sorted old = byOwner.remove(key);
    pods -= old == null ? 0 : old.pods;
  }

  /** Those that were asked for longest ago go; the last one stays however large it is. */
  private void makeRoom() {
    Iterator<Sorted> eldest = byOwner.values().iterator();
    while (pods > MAX_PODS && byOwner.size() > 1) {
      pods -= eldest.next().pods;
      eldest.remove();
    }
  }

  @Override
  void change(Pod pod, int amount, ClusterState after) {
    Sorted sorted = pod.owner().isEmpty() ? null : byOwner.get(pod.ownerKey().get());
    if (sorted != null) {
      pods -= sorted.pods;
      sorted.change(pod, amount);
      pods += sorted.pods;
    }
  }

  @Override
  void forgetAll() {
    byOwner.clear();
    pods = 0;
  }
}
