package io.hawser.runtime;

import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.log.OutputTap;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One who listens to a container's first process, and may type to it. */
final class AttachSession implements ExecSession {
  private final Kernel kernel;
  private final List<OutputTap> taps;
  private final Optional<NativeStreams> input;
  private final boolean terminal;
  private final Runnable stdinEnded;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

  /**
   * @param taps of stdout and stderr
   * @param input the container's standard input or its terminal; becomes this object's
   * @param stdinEnded run when this session's input ends, by the session's end at the latest
   */
  AttachSession(
      Kernel kernel,
      List<OutputTap> taps,
      Optional<NativeStreams> input,
      boolean terminal,
      Runnable stdinEnded) {
    this.kernel = kernel;
    this.taps = taps;
    this.input = input;
    this.terminal = terminal;
    this.stdinEnded = stdinEnded;
  }

  /** Completes with the container's end, or earlier with a detaching. */
  AttachSession until(CompletionStage<ExitStatus> end) {
    end.thenAccept(exit::complete);
    return this;
  }

  @Override
  public OutputStream stdin() {
    if (input.isEmpty()) {
      return OutputStream.nullOutputStream();
    }
    OutputStream out = input.get().output();
    return new OutputStream() {
      @Override
      public void write(int b) throws java.io.IOException {
        out.write(b);
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws java.io.IOException {
        out.write(bytes, from, length);
      }

      @Override
      public void close() {
        if (!terminal) { // a terminal is still needed for its size
          endInput();
        }
      }
    };
  }

  private void endInput() {
    input.ifPresent(NativeStreams::close);
    stdinEnded.run();
  }

  @Override
  public InputStream stdout() {
    return taps.get(0);
  }

  @Override
  public InputStream stderr() {
    return taps.get(1);
  }

  @Override
  public void resize(int columns, int rows) {
    if (terminal) {
      input.ifPresent(s -> s.ifOpen(fd -> Terminal.resize(kernel, fd, columns, rows)));
    }
  }

  @Override
  public CompletionStage<ExitStatus> exit() {
    return exit.copy();
  }

  @Override
  public void close() {
    taps.forEach(OutputTap::close);
    endInput();
    exit.complete(new ExitStatus(0, 0, false, Instant.now()));
  }
}
