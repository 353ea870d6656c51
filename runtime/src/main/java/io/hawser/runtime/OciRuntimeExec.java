package io.hawser.runtime;

import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process that another OCI runtime's {@code exec} runs in a container; without a terminal. */
final class OciRuntimeExec implements ExecSession {
  private static final Logger LOG = LoggerFactory.getLogger(OciRuntimeExec.class);
  private static final int SIGNAL_BASE = 128;

  private final Kernel kernel;
  private final Process process;
  private final Path pidFile;

  private OciRuntimeExec(Kernel kernel, Process process, Path pidFile) {
    this.kernel = kernel;
    this.process = process;
    this.pidFile = pidFile;
  }

  static OciRuntimeExec start(
      Kernel kernel, OciRuntimeProgram program, String id, Path home, ExecSpec spec) {
    if (spec.tty()) {
      throw new IllegalArgumentException("a terminal can't be had with a runtime class");
    }
    try {
      Path pidFile = Files.createTempFile(home, "exec-", ".pid");
      Process process =
          OciRuntimeProgram.begin(new ProcessBuilder(program.exec(id, pidFile, spec.command())));
      if (!spec.stdin()) {
        process.getOutputStream().close();
      }
      return new OciRuntimeExec(kernel, process, pidFile);
    } catch (IOException e) {
      throw new IllegalArgumentException("exec: " + e.getMessage(), e);
    }
  }

  @Override
  public OutputStream stdin() {
    // Who types wants an answer to what was typed.
    return new FilterOutputStream(process.getOutputStream()) {
      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        out.write(bytes, from, length);
        out.flush();
      }

      @Override
      public void write(int b) throws IOException {
        out.write(b);
        out.flush();
      }
    };
  }

  @Override
  public InputStream stdout() {
    return process.getInputStream();
  }

  @Override
  public InputStream stderr() {
    return process.getErrorStream();
  }

  @Override
  public void resize(int columns, int rows) {}

  @Override
  public CompletionStage<ExitStatus> exit() {
    return process
        .onExit()
        .thenApply(
            ended -> {
              int code = ended.exitValue();
              int signal = code > SIGNAL_BASE ? code - SIGNAL_BASE : 0;
              return new ExitStatus(code, signal, false, Instant.now());
            });
  }

  /** The runtime's command is not the process: that one is killed by its own pid. */
  @Override
  public void close() {
    if (process.isAlive()) {
      killInside();
      process.destroyForcibly();
    }
    pidFile.toFile().delete();
  }

  private void killInside() {
    try {
      String pid = Files.readString(pidFile).strip();
      if (!pid.isEmpty()) {
        int pidfd = kernel.pidfdOpen(Integer.parseInt(pid));
        kernel.pidfdSignal(pidfd, Flags.SIGKILL);
        kernel.close(pidfd);
      }
    } catch (IOException | NumberFormatException | KernelFault e) {
      LOG.debug("an exec'ed process of another runtime has ended already: {}", e.getMessage());
    }
  }
}
