package io.hawser.benchmarks;

import java.util.List;

/** One measurement that anybody can repeat. */
interface Benchmark {
  String name();

  /** One line for the list. */
  String description();

  /**
   * Measures. Peers that are not installed are left out, never guessed.
   *
   * @param arguments from the command line, such as a number of rounds
   */
  List<Metric> run(List<String> arguments) throws Exception;
}
