package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.NodeProtocol.NodeUsage;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectKey;
import io.hawser.model.PodReport;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Everything that can make the scheduler decide something, with the time and the randomness. */
public sealed interface SchedulerInput {
  /** The scheduler's clock. */
  Instant now();

  /** All new names and uids are drawn from it. */
  long seed();

  /** A user asks for a change. The only input that gets an answer. */
  record Requested(Instant now, long seed, ClientRequest request) implements SchedulerInput {}

  /**
   * A node is here.
   *
   * @param pods all that it runs
   */
  record NodeRegisters(Instant now, long seed, NodeInfo info, List<PodReport> pods)
      implements SchedulerInput {}

  /**
   * What changed on a node that is registered with this incarnation.
   *
   * @param removedVolumes of which nothing is left there
   */
  record PodsReported(
      Instant now, long seed, String node, List<PodReport> pods, List<String> removedVolumes)
      implements SchedulerInput {
    public PodsReported(Instant now, long seed, String node, List<PodReport> pods) {
      this(now, seed, node, pods, List.of());
    }
  }

  /** The cluster has removed a node. */
  record NodeGone(Instant now, long seed, String node, String reason) implements SchedulerInput {}

  /**
   * A scheduler took over on a node.
   *
   * @param seen the newest epoch that anybody has told of; 0 for none
   */
  record SchedulerStarts(Instant now, long seed, String node, long seen) implements SchedulerInput {
    public SchedulerStarts(Instant now, long seed, String node) {
      this(now, seed, node, 0);
    }
  }

  /** It is time to move pods to where they score better. */
  record Rebalances(Instant now, long seed, int maxMoves) implements SchedulerInput {}

  /** What nodes say their containers use, asked while there are autoscalers. Never journalled. */
  record UsageRead(Instant now, long seed, List<NodeUsage> nodes) implements SchedulerInput {}

  /** Time has passed: deadlines, pods that have been ready long enough, work that was put off. */
  record Tick(Instant now, long seed) implements SchedulerInput {}

  /**
   * A decision is gone on with.
   *
   * @param putOff the owners whose pods it left over; nothing else is looked at
   */
  record Continuation(Instant now, long seed, Set<ObjectKey> putOff) implements SchedulerInput {}
}
