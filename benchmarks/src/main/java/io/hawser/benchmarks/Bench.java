package io.hawser.benchmarks;

import java.util.List;
import java.util.Optional;

/**
 * {@code ./dev bench [NAME [ARGUMENT…]]}: runs one, prints a table, writes target/bench/NAME.json.
 */
public final class Bench {
  private static final List<Benchmark> ALL =
      List.of(
          new RuntimeBenchmark(),
          new RuntimeMicrobenchmarks(),
          new AgentMemoryBenchmark(),
          new DrillBenchmark(),
          new JournalBenchmark(),
          new RecoveryBenchmark(),
          new FootprintBenchmark(),
          new ImageBenchmark(),
          new SchedulerBenchmark(),
          new PackingBenchmark(),
          new MillionsBenchmark(),
          new ContainersBenchmark());

  private Bench() {}

  public static void main(String[] args) throws Exception {
    if (args.length == 0 || args[0].equals("--list")) {
      ALL.forEach(b -> System.out.printf("%-12s %s%n", b.name(), b.description()));
      return;
    }
    Optional<Benchmark> chosen = ALL.stream().filter(b -> b.name().equals(args[0])).findFirst();
    if (chosen.isEmpty()) {
      System.err.println("bench: no benchmark " + args[0] + "; ./dev bench lists them");
      System.exit(2);
    }
    Benchmark benchmark = chosen.get();
    try {
      Report.publish(benchmark.name(), benchmark.run(List.of(args).subList(1, args.length)));
    } catch (Exception e) {
      // Threads that a library left must not keep the program from telling that it failed.
      e.printStackTrace();
      System.exit(1);
    }
    System.exit(0);
  }
}
