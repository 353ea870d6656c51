package io.hawser.ops.cli;

import io.hawser.ops.client.CommandFailure;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * The user's terminal in raw mode while a remote one is attached; as it was before once closed,
 * also when the program is interrupted. Uses stty(1), which every Linux has.
 */
final class UserTerminal implements AutoCloseable {
  private static final File TERMINAL = new File("/dev/tty");
  private static final long STTY_SECONDS = 5;
  private static final long SIZE_MILLIS = 1000;

  private final String before;
  private final Thread restore;
  private final ScheduledExecutorService sizes;
  private String lastSize = "";

  private UserTerminal(String before) {
    this.before = before;
    this.restore = before.isEmpty() ? null : new Thread(this::restore, "terminal-restore");
    this.sizes =
        before.isEmpty()
            ? null
            : Executors.newSingleThreadScheduledExecutor(
                task -> {
                  Thread thread = new Thread(task, "terminal-size");
                  thread.setDaemon(true);
                  return thread;
                });
    if (restore != null) {
      Runtime.getRuntime().addShutdownHook(restore);
    }
  }

  /** For a command without a terminal: does nothing. */
  static UserTerminal none() {
    return new UserTerminal("");
  }

  /**
   * @throws CommandFailure when there is no terminal
   */
  static UserTerminal open() {
    if (System.console() == null) {
      throw new CommandFailure("-t needs a terminal on standard input and output");
    }
    try {
      UserTerminal terminal = new UserTerminal(stty("-g"));
      stty("raw", "-echo");
      return terminal;
    } catch (IOException e) {
      throw new CommandFailure("the terminal can't be put into raw mode: " + e.getMessage(), e);
    }
  }

  /** Tells the size now and whenever it has changed, as columns and rows. */
  void onSize(BiConsumer<Integer, Integer> listener) {
    if (sizes != null) {
      tellSize(listener);
      sizes.scheduleWithFixedDelay(
          () -> tellSize(listener), SIZE_MILLIS, SIZE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void tellSize(BiConsumer<Integer, Integer> listener) {
    try {
      String size = stty("size");
      String[] words = size.split(" ");
      if (!size.equals(lastSize) && words.length == 2) {
        lastSize = size;
        listener.accept(Integer.parseInt(words[1]), Integer.parseInt(words[0]));
      }
    } catch (IOException | NumberFormatException e) {
      // The remote side keeps the size it has.
    }
  }

  private static String stty(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command).redirectInput(TERMINAL).redirectErrorStream(true).start();
    String answer =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      if (!process.waitFor(STTY_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(answer.isEmpty() ? "stty failed" : answer);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return answer;
  }

  private void restore() {
    try {
      stty(before);
    } catch (IOException e) {
      // Nothing else can be done for it; `reset` helps the user.
    }
  }

  @Override
  public void close() {
    if (restore == null) {
      return;
    }
    sizes.shutdownNow();
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(restore);
    } catch (IllegalStateException e) {
      // The program ends already; restoring twice is harmless.
    }
  }
}
