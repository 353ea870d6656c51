package io.hawser.node;

import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the checkpoint up to date without making its actor wait: one write at a time, of the newest
 * assignment only. A write that failed (a full disk) is tried again with the next call.
 */
final class CheckpointWriter {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointWriter.class);

  private final Machine machine;
  private final Checkpoint checkpoint;

  /** Null when the newest is written. */
  private final AtomicReference<Assignment> unwritten = new AtomicReference<>();

  private boolean writing;

  CheckpointWriter(Machine machine) {
    this.machine = machine;
    this.checkpoint = new Checkpoint(machine.settings().stateDir());
  }

  void write(Assignment newest) {
    unwritten.set(newest);
    writeNext();
  }

  /** To be called now and then: tries again what failed. */
  synchronized void writeNext() {
    Assignment next = unwritten.get();
    if (writing || next == null) {
      return;
    }
    writing = true;
    machine
        .blocking(
            () -> {
              checkpoint.write(next);
              return next;
            })
        .whenComplete((written, failure) -> written(written, failure));
  }

  private void written(Assignment written, Throwable failure) {
    synchronized (this) {
      writing = false;
    }
    if (failure != null) {
      LOG.warn("{}", NodeThreads.text(failure));
    } else if (!unwritten.compareAndSet(written, null)) {
      writeNext();
    }
  }
}
