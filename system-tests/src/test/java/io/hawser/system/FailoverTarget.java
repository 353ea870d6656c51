package io.hawser.system;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A cluster of three controllers with six pods, whose machines can be lost. */
interface FailoverTarget extends AutoCloseable {
  int PODS = 6;
  Duration DEADLINE = Duration.ofSeconds(180);

  /** What befalls a machine. */
  enum Fault {
    KILL,
    FREEZE,
    CUT
  }

  /** What a machine is, beside a worker and a controller that follows. */
  enum Role {
    WORKER,
    SCHEDULER,
    LEADER,
    BOTH
  }

  /** Once; what was made before a failure goes with {@link #close}. */
  void up() throws IOException;

  /** A machine that has this role now. Empty: none has. */
  Optional<String> victim(Role role);

  void fail(Fault fault, String victim) throws IOException;

  void heal(Fault fault, String victim) throws IOException, InterruptedException;

  /** Whether the others show it as lost. */
  boolean isLost(String victim);

  /** Whether all pods are ready on the others. */
  boolean isWholeWithout(String victim);

  /** Waits until all machines are back and each has pods again. */
  void awaitSpread();

  /** Deals the roles anew. */
  void shuffle() throws IOException, InterruptedException;

  /** Also from another thread, while it comes up. */
  @Override
  void close() throws IOException;

  /**
   * Asks often; a question that fails counts as no.
   *
   * @throws IllegalStateException not within {@link #DEADLINE}
   */
  static void until(String what, BooleanSupplier holds) {
    long start = System.nanoTime();
    while (!holdsNow(holds)) {
      if (System.nanoTime() - start > DEADLINE.toNanos()) {
        throw new IllegalStateException(what + ": not within " + DEADLINE.toSeconds() + " s");
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  private static boolean holdsNow(BooleanSupplier holds) {
    try {
      return holds.getAsBoolean();
    } catch (RuntimeException | AssertionError notNow) {
      // Nobody answers, or not with what was asked for.
      return false;
    }
  }
}
