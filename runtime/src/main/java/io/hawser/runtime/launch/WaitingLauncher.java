package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Kernel;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A launcher that was spawned and has no plan yet. Either {@link #give} or {@link #abandon} must
 * follow. If this JVM dies instead, the gate's end of file makes it exit.
 */
public final class WaitingLauncher {
  private final Kernel kernel;
  private final int program;
  private final PendingProcess process;

  /**
   * @param program the memfd that it will map
   */
  WaitingLauncher(Kernel kernel, int program, PendingProcess process) {
    this.kernel = kernel;
    this.program = program;
    this.process = process;
  }

  /**
   * A launcher's process and the ends of its pipes.
   *
   * @param gate for writing
   * @param errors for reading
   */
  record PendingProcess(int pid, int pidfd, int gate, int errors) {}

  /**
   * Lets it begin; it goes on to its plan's first gate.
   *
   * @throws IllegalArgumentException when arguments and environment are too large; it is gone then
   */
  public PendingLaunch give(LaunchPlan plan) {
    PendingLaunch pending = new PendingLaunch(kernel, plan, process);
    try {
      write(plan.encode(kernel.arch()));
      pending.pass();
      return pending;
    } catch (RuntimeException e) {
      pending.abandon();
      throw e;
    } finally {
      kernel.close(program);
    }
  }

  private void write(byte[] content) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(content.length).put(content).flip();
    while (buffer.hasRemaining()) {
      kernel.write(program, buffer);
    }
  }

  /** Kills and reaps it. */
  public void abandon() {
    kernel.close(program);
    new PendingLaunch(kernel, new LaunchPlan(List.of()), process).abandon();
  }
}
