package io.hawser.cluster.state;

import java.util.List;

/**
 * A {@link SplitSnapshot} as it was read: its pods are still in packs, and each becomes a pod in
 * one step, by whichever processor has the time.
 *
 * @param rest everything but the pods
 */
public record StillPacked(ClusterSnapshot rest, List<PodPack> packs) {

  /**
   * As it was before it was stored; on all processors.
   *
   * @throws IllegalArgumentException when a pack is damaged
   */
  public ClusterSnapshot whole() {
    return PodPart.whole(rest, packs);
  }
}
