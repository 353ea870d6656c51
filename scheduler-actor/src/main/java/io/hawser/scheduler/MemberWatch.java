package io.hawser.scheduler;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Judges from the cluster's membership which nodes are lost. A member that the split brain resolver
 * removed is lost at once; one that was removed because a new run of it is joining is waited for.
 * Time is an argument.
 */
final class MemberWatch {
  /**
   * How long after a scheduler's start a known node may take to join: after all nodes were stopped,
   * they come back one by one.
   */
  static final Duration START_GRACE = Duration.ofSeconds(30);

  /** How long a node may be away whose removal had another cause than being unreachable. */
  static final Duration REJOIN_GRACE = Duration.ofSeconds(10);

  /**
   * A member that was unreachable for at least this long when it was downed, was downed by the
   * split brain resolver, which waits longer ({@code stable-after}); what is between is for gossip.
   */
  static final Duration UNREACHABLE_BEFORE_DOWN = Duration.ofMillis(500);

  record Lost(String node, String reason) {}

  private record Absence(Instant lostAt, String reason) {}

  private final Map<String, Absence> absences = new HashMap<>();
  private final Map<String, Instant> unreachableSince = new HashMap<>();
  private final Map<String, String> incarnationsAtStart = new HashMap<>();
  private final Map<String, Instant> resolvedAt = new HashMap<>();
  private boolean continuing;

  /**
   * @param recovered the state as it was when this scheduler took over
   */
  MemberWatch(ClusterState recovered, Instant now) {
    for (Node node : recovered.nodes().values()) {
      if (node.isReady()) {
        incarnationsAtStart.put(node.name(), node.info().incarnation());
        absences.put(
            node.info().address(),
            new Absence(now.plus(START_GRACE), "it did not come back after a restart"));
      }
    }
  }

  /**
   * A node was heard. One that runs since before this scheduler started proves that the cluster is
   * still the one in which the others registered: those that are no members now were removed from
   * it.
   *
   * @return whether it is the first such proof
   */
  boolean heard(String node, String incarnation, Instant now) {
    if (continuing || !incarnation.equals(incarnationsAtStart.get(node))) {
      return false;
    }
    continuing = true;
    absences.replaceAll((address, a) -> new Absence(now, "it was removed from the cluster"));
    return true;
  }

  /**
   * A run of a node that was not known registers: the absence of the one before is over. The view
   * of the members may lag behind it, so that it does not show there yet.
   */
  void begun(String address, Instant now) {
    resolvedAt.remove(address);
    absences.computeIfPresent(
        address, (a, before) -> new Absence(now.plus(REJOIN_GRACE), "it is no member"));
  }

  void unreachable(String address, Instant now) {
    unreachableSince.putIfAbsent(address, now);
  }

  void reachable(String address) {
    unreachableSince.remove(address);
  }

  void downed(String address, Instant now) {
    Instant since = unreachableSince.remove(address);
    if (since != null && !now.isBefore(since.plus(UNREACHABLE_BEFORE_DOWN))) {
      resolvedAt.put(address, now);
    }
    // Remembered for a while: the view of the members may lag behind this event, so that lost()
    // forgets the absence; the removal that follows must not count as another cause then.
    Instant resolved = resolvedAt.get(address);
    if (resolved != null && now.isBefore(resolved.plus(REJOIN_GRACE))) {
      absences.put(address, new Absence(now, "it was unreachable and removed from the cluster"));
    } else {
      absences.putIfAbsent(
          address, new Absence(now.plus(REJOIN_GRACE), "it was removed and did not come back"));
    }
  }

  void left(String address, Instant now) {
    unreachableSince.remove(address);
    absences.put(address, new Absence(now, "it left the cluster"));
  }

  /**
   * The nodes that are lost now.
   *
   * @param members addresses of the present members, without those that are being removed
   */
  List<Lost> lost(ClusterState state, Set<String> members, Instant now) {
    absences.keySet().removeAll(members);
    List<Lost> lost = new ArrayList<>();
    for (Node node : state.nodes().values()) {
      String address = node.info().address();
      if (!node.isReady()) {
        resolvedAt.remove(address);
      }
      if (node.isReady() && !members.contains(address)) {
        Absence absence =
            absences.computeIfAbsent(
                address, a -> new Absence(now.plus(REJOIN_GRACE), "it is no member any more"));
        if (!absence.lostAt().isAfter(now)) {
          lost.add(new Lost(node.name(), absence.reason()));
        }
      }
    }
    return lost;
  }
}
