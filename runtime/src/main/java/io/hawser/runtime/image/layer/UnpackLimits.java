package io.hawser.runtime.image.layer;

/**
 * What one layer may cost. The defaults are far above real images and far below what hurts a
 * machine.
 *
 * @param maxEntries files, directories, links
 * @param maxBytes unpacked bytes, holes included
 * @param maxRatio unpacked bytes for each packed byte, asked only beyond {@code ratioFloorBytes}
 * @param ratioFloorBytes zeros pack a thousandfold: small layers may
 * @param maxDepth directories below each other
 * @param maxNameBytes length of a path
 */
public record UnpackLimits(
    long maxEntries,
    long maxBytes,
    long maxRatio,
    long ratioFloorBytes,
    int maxDepth,
    int maxNameBytes) {
  public static final UnpackLimits DEFAULT =
      new UnpackLimits(2_000_000, 64L << 30, 200, 1L << 30, 512, 4096);
}
