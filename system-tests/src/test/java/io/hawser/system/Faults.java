package io.hawser.system;

import java.io.IOException;
import java.time.Duration;
import java.util.Random;

/** One fault after the other, at random, with a little peace in between. Says what it does. */
final class Faults {
  private final PartitionedNetwork network;
  private final Random random;
  private final long begun = System.nanoTime();

  private enum Fault {
    KILL,
    FREEZE,
    CUT,
    /** It can't send to one of the others, which can send to it. */
    ONE_WAY,
    LOSS
  }

  Faults(PartitionedNetwork network, Random random) {
    this.network = network;
    this.random = random;
  }

  /** Returns after the time, with everything healed. */
  void run(Duration time) throws IOException, InterruptedException {
    while (System.nanoTime() - begun < time.toNanos()) {
      String name = network.names().get(random.nextInt(network.names().size()));
      Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
      long millis = 1_000 + random.nextInt(7_000);
      System.out.printf(
          "  at %5d ms: %s %s for %d ms%n",
          (System.nanoTime() - begun) / 1_000_000, fault, name, millis);
      make(fault, name, millis);
      Thread.sleep(2_000 + random.nextInt(4_000));
    }
  }

  private void make(Fault fault, String name, long millis)
      throws IOException, InterruptedException {
    switch (fault) {
      case KILL -> {
        network.kill(name);
        Thread.sleep(millis);
        network.restart(name);
      }
      case FREEZE -> {
        network.signal(name, "STOP");
        Thread.sleep(millis);
        network.signal(name, "CONT");
      }
      case CUT -> {
        network.cut(name);
        Thread.sleep(millis);
        network.heal(name);
      }
      case ONE_WAY -> {
        String other =
            network.names().stream().filter(n -> !n.equals(name)).toList().get(random.nextInt(2));
        network.cutOneWay(name, other);
        Thread.sleep(millis);
        network.healOneWay(name, other);
      }
      case LOSS -> {
        boolean made = network.lose(name, 30);
        Thread.sleep(made ? millis : 0);
        network.loseNothing(name);
      }
    }
  }
}
