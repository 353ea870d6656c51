package io.hawser.cluster.state;

import io.hawser.cluster.ClusterMessage;
import io.hawser.model.Pod;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link ClusterSnapshot} as the scheduler stores it: its pods in blocks, each of which can be
 * read by itself, so that all processors read a large one.
 *
 * @param rest everything but the pods
 */
public record SplitSnapshot(ClusterSnapshot rest, List<PodBlock> blocks) implements ClusterMessage {
  /** Enough for the processors of a large machine, and little beside what a pod costs. */
  private static final int BLOCK_PODS = 5_000;

  public static SplitSnapshot of(ClusterSnapshot snapshot) {
    List<Pod> pods = snapshot.pods();
    List<PodBlock> blocks = new ArrayList<>();
    for (int from = 0; from < pods.size(); from += BLOCK_PODS) {
      blocks.add(PodBlock.of(pods.subList(from, Math.min(pods.size(), from + BLOCK_PODS))));
    }
    return new SplitSnapshot(snapshot.withPods(List.of()), blocks);
  }

  /** As it was before; on all processors. */
  public ClusterSnapshot whole() {
    return PodPart.whole(rest, blocks);
  }

  /**
   * A snapshot as it was stored, by this version or an earlier one.
   *
   * @throws IllegalArgumentException when it is something else
   */
  public static ClusterSnapshot read(Object stored) {
    if (stored instanceof SplitSnapshot split) {
      return split.whole();
    } else if (stored instanceof StillPacked packed) {
      return packed.whole();
    } else if (stored instanceof PackedSnapshot packed) {
      return packed.unpack();
    } else if (stored instanceof ClusterSnapshot plain) {
      return plain;
    }
    throw new IllegalArgumentException("not a snapshot of the cluster: " + stored.getClass());
  }
}
