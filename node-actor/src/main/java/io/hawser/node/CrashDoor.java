package io.hawser.node;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends this JVM as a crash would: by a real SIGKILL, without any shutdown hook. */
final class CrashDoor {
  private static final Logger LOG = LoggerFactory.getLogger(CrashDoor.class);

  /** After it the JVM halts itself, should the signal not have come. */
  private static final long SIGNAL_WITHIN_MILLIS = 2_000;

  private static final int KILLED = 137;

  private CrashDoor() {}

  static void killThisProcess() {
    Thread thread = new Thread(CrashDoor::kill, "hawser-node-crash");
    thread.setDaemon(true);
    thread.start();
  }

  private static void kill() {
    try {
      new ProcessBuilder("/bin/kill", "-KILL", Long.toString(ProcessHandle.current().pid()))
          .start();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(SIGNAL_WITHIN_MILLIS));
    } catch (IOException e) {
      LOG.warn("/bin/kill can't be run, the JVM halts instead: {}", e.toString());
    }
    Runtime.getRuntime().halt(KILLED);
  }
}
