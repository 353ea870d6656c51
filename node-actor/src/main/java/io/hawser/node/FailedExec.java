package io.hawser.node;

import io.hawser.runtime.ExecSession;
import io.hawser.runtime.ExitStatus;
import io.hawser.runtime.ProgramFault;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What a command that could not be executed looks like: an error on stderr and an exit code. */
record FailedExec(ProgramFault fault) implements ExecSession {
  @Override
  public OutputStream stdin() {
    return OutputStream.nullOutputStream();
  }

  @Override
  public InputStream stdout() {
    return InputStream.nullInputStream();
  }

  @Override
  public InputStream stderr() {
    return new ByteArrayInputStream(
        ("hawser: " + fault.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void resize(int columns, int rows) {}

  @Override
  public CompletionStage<ExitStatus> exit() {
    return CompletableFuture.completedFuture(
        new ExitStatus(fault.exitCode(), 0, false, Instant.now()));
  }

  @Override
  public void close() {}
}
