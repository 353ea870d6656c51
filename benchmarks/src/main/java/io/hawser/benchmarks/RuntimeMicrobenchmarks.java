package io.hawser.benchmarks;

import io.hawser.benchmarks.jmh.LaunchMicrobenchmarks;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** The runtime's pure parts by JMH: planning, encoding, compiling, parsing. Needs no root. */
final class RuntimeMicrobenchmarks implements Benchmark {
  @Override
  public String name() {
    return "runtime-jmh";
  }

  @Override
  public String description() {
    return "the runtime's pure parts alone, JMH's sample mode: launch plans, their encoding, seccomp,"
        + " OCI config";
  }

  @Override
  public List<Metric> run(List<String> arguments) throws RunnerException {
    Options options =
        new OptionsBuilder()
            .include(LaunchMicrobenchmarks.class.getName())
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();
    Collection<RunResult> results = new Runner(options).run();
    List<Metric> metrics = new ArrayList<>();
    results.forEach(result -> metrics.add(metric(result)));
    return metrics;
  }

  /** From JMH's histogram of its samples; not every call is one. */
  private static Metric metric(RunResult result) {
    Statistics samples = result.getPrimaryResult().getStatistics();
    return new Metric(
        "jmh sample: " + result.getPrimaryResult().getLabel(),
        "ns/op",
        samples.getPercentile(50),
        samples.getPercentile(99),
        Math.toIntExact(samples.getN()),
        Optional.empty(),
        Optional.empty());
  }
}
