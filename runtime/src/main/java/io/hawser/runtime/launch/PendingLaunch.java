package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntSupplier;

/**
 * A launcher that waits at its gate. Either {@link #go()} or {@link #abandon} must follow. If this
 * JVM dies instead, the gate's end of file makes the launcher exit.
 */
public final class PendingLaunch {
  /** A step that hangs this long (a mount on a dead network file system) fails the launch. */
  private static final int LAUNCH_TIMEOUT_MILLIS = 30_000;

  /** {@code {address of the entry, -errno}}, 8 bytes each. */
  public static final int ERROR_BYTES = 16;

  private final Kernel kernel;
  private final LaunchPlan plan;
  private final int pid;
  private final int pidfd;
  private final int gate;
  private final int errors;

  PendingLaunch(Kernel kernel, LaunchPlan plan, WaitingLauncher.PendingProcess process) {
    this.kernel = kernel;
    this.plan = plan;
    this.pid = process.pid();
    this.pidfd = process.pidfd();
    this.gate = process.gate();
    this.errors = process.errors();
  }

  /** In this process' pid namespace. */
  public int pid() {
    return pid;
  }

  /**
   * Opens the gate and waits until the program runs.
   *
   * @return the pidfd, now the caller's
   * @throws KernelFault naming the failed step; the process is gone and reaped then
   */
  public int go() {
    return go(() -> {});
  }

  /**
   * The same, with work of this thread's beside the launcher's.
   *
   * @param meanwhile run after the gate has been opened
   */
  public int go(Runnable meanwhile) {
    return orAbandon(
        () -> {
          openGate();
          meanwhile.run();
          return awaitProgram();
        });
  }

  /**
   * The same for a plan that stops once more after its gate, to have its terminal's other end
   * opened.
   *
   * @param openTerminal run while it stops
   */
  public int goWithTerminal(Runnable openTerminal) {
    return orAbandon(
        () -> {
          openGate();
          awaitStop();
          openTerminal.run();
          openGate();
          return awaitProgram();
        });
  }

  /**
   * Waits for the next stop of a plan that has several.
   *
   * @return its letter
   * @throws KernelFault naming the failed step; {@link #abandon} is the caller's
   */
  public char awaitStop() {
    ByteBuffer record = errorRecord();
    int count = readError(record);
    if (count == ERROR_BYTES) {
      throw fault(record);
    }
    if (count == 0) {
      throw new KernelFault("launch of " + pid, Errno.ESRCH.number());
    }
    return (char) record.get(0);
  }

  /** Lets it go on from a stop. */
  public void pass() {
    openGate();
  }

  /**
   * Lets it go on for good: what it does from now on is no longer told.
   *
   * @return the pidfd, now the caller's
   */
  public int leave() {
    openGate();
    kernel.close(gate);
    kernel.close(errors);
    return pidfd;
  }

  /** Of its process; still this object's. */
  public int pidfd() {
    return pidfd;
  }

  /**
   * For a plan that only makes something for Java to pick up: waits until it stops, runs the step,
   * and ends it.
   *
   * @throws KernelFault naming the failed step
   */
  public void pickUp(Runnable step) {
    try {
      ByteBuffer record = errorRecord();
      if (readError(record) == ERROR_BYTES) {
        throw fault(record);
      }
      step.run();
    } finally {
      abandon();
    }
  }

  private int orAbandon(IntSupplier steps) {
    try {
      return steps.getAsInt();
    } catch (RuntimeException e) {
      abandon();
      throw e;
    }
  }

  private int awaitProgram() {
    ByteBuffer record = errorRecord();
    if (readError(record) == ERROR_BYTES) {
      throw fault(record);
    }
    kernel.close(gate);
    kernel.close(errors);
    return pidfd;
  }

  private static ByteBuffer errorRecord() {
    return ByteBuffer.allocateDirect(ERROR_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Kills and reaps the launcher. */
  public void abandon() {
    kernel.close(gate);
    kernel.close(errors);
    kernel.pidfdSignal(pidfd, Flags.SIGKILL);
    kernel.poll(pidfd, Flags.POLLIN, LAUNCH_TIMEOUT_MILLIS);
    kernel.reap(pidfd);
    kernel.close(pidfd);
  }

  private void openGate() {
    try {
      kernel.write(gate, ByteBuffer.allocateDirect(1).put((byte) 'g').flip());
    } catch (KernelFault e) {
      if (!e.is(Errno.EPIPE)) { // it failed before the gate and has told so
        throw e;
      }
    }
  }

  private int readError(ByteBuffer record) {
    if (kernel.poll(errors, Flags.POLLIN, LAUNCH_TIMEOUT_MILLIS) == 0) {
      throw new KernelFault("launch of " + pid, Errno.ETIMEDOUT.number());
    }
    return kernel.read(errors, record);
  }

  private KernelFault fault(ByteBuffer record) {
    return fault(record, plan.calls().stream().map(LaunchPlan.Call::label).toList());
  }

  /**
   * @param record as the launcher wrote it
   * @param labels of the plan's calls
   */
  public static KernelFault fault(ByteBuffer record, List<String> labels) {
    OptionalInt index = Launcher.callAt(record.getLong(0), labels.size());
    String label = index.isPresent() ? labels.get(index.getAsInt()) : "launch";
    return new KernelFault(label, (int) -record.getLong(8));
  }
}
