package io.hawser.benchmarks;

import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;

/**
 * A figure with its spread.
 *
 * @param peer the other system it was measured with in the same run; empty: Hawser itself
 * @param ratioToPeer Hawser's median divided by the peer's; only with a peer
 */
public record Metric(
    String name,
    String unit,
    double median,
    double p99,
    int n,
    Optional<String> peer,
    Optional<Double> ratioToPeer) {

  /**
   * @param samples at least one
   */
  public static Metric own(String name, String unit, Collection<Double> samples) {
    double[] sorted = sorted(samples);
    return new Metric(
        name,
        unit,
        quantile(sorted, 0.5),
        quantile(sorted, 0.99),
        sorted.length,
        Optional.empty(),
        Optional.empty());
  }

  /**
   * @param own the same, of Hawser
   */
  public static Metric peer(Metric own, String peer, Collection<Double> samples) {
    double[] sorted = sorted(samples);
    double median = quantile(sorted, 0.5);
    return new Metric(
        own.name,
        own.unit,
        median,
        quantile(sorted, 0.99),
        sorted.length,
        Optional.of(peer),
        Optional.of(own.median / median));
  }

  private static double[] sorted(Collection<Double> samples) {
    double[] values = samples.stream().mapToDouble(Double::doubleValue).toArray();
    if (values.length == 0) {
      throw new IllegalArgumentException("no samples");
    }
    Arrays.sort(values);
    return values;
  }

  /** Nearest rank. */
  private static double quantile(double[] sorted, double q) {
    int rank = (int) Math.ceil(q * sorted.length) - 1;
    return sorted[Math.max(0, Math.min(sorted.length - 1, rank))];
  }
}
