package io.hawser.runtime;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionStage;

/** One started container. Its handle stays valid after the process has ended, until removed. */
public interface Container {
  String id();

  String podUid();

  String name();

  int attempt();

  /** The process id in the machine's pid namespace; it is pid 1 of the container's. */
  int pid();

  Instant startedAt();

  /** Completes once the process has ended and its last output is in the log. */
  CompletionStage<ExitStatus> exit();

  /** Sends a signal (signal(7)) to the container's first process. No effect once it has ended. */
  void signal(int signal);

  /** Stop signal of the image (SIGTERM by default), then SIGKILL to all of it after the grace. */
  CompletionStage<ExitStatus> stop(Duration grace);

  /**
   * Another process in the container's namespaces and cgroup, with the container's privileges.
   *
   * @throws ProgramFault when the command can't be executed
   * @throws RuntimeFault when the container has ended or is paused
   */
  ExecSession exec(ExecSpec spec);

  /**
   * The streams of the container's own first process, from now on. Closing the session detaches and
   * ends nothing; a session whose reader is too slow is detached too.
   *
   * @param stdin false: output only. True needs a container that was given a standard input
   * @throws RuntimeFault when it has ended, or its standard input is not there or was closed
   */
  ExecSession attach(boolean stdin);

  /**
   * Freezes all of the container's processes where they are; they get no processor time until
   * {@link #thaw}. Idempotent.
   *
   * @throws RuntimeFault when it has ended, or the machine has no freezer
   */
  void pause();

  /** Lets a paused container go on. Idempotent. */
  void thaw();

  boolean isPaused();

  Usage usage();

  /**
   * Changes its limits in place; what is zero or empty in the new ones is no longer limited.
   *
   * @throws RuntimeFault naming the file and value that was refused; earlier values may be set
   */
  void update(ContainerSpec.Limits limits);

  /** The log file in CRI format: {@code <RFC 3339 time> <stdout|stderr> <F|P> <line>}. */
  Path logFile();

  /**
   * Removes the ended container's root, cgroup and checkpoint. The log stays with the sandbox.
   * Returns at once; what it takes away is gone soon, at {@link ContainerRuntime#settle} at last.
   */
  void remove();
}
