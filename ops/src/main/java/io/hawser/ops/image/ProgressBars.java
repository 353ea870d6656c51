package io.hawser.ops.image;

import io.hawser.ops.cli.Hawser;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.registry.TransferProgress;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Shows on standard error how a transfer goes: on a terminal one bar for each blob, drawn anew ten
 * times a second; elsewhere one line when a blob is done.
 */
final class ProgressBars implements TransferProgress, AutoCloseable {
  private static final int BAR_CELLS = 30;
  private static final long DRAW_MILLIS = 100;

  private final PrintStream err;
  private final boolean terminal;
  private final Map<Digest, Line> lines = new LinkedHashMap<>();
  private final ScheduledExecutorService clock;
  private int drawn;

  private record Line(Stage stage, long bytes, long ofBytes) {}

  private ProgressBars(PrintStream err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "progress");
              thread.setDaemon(true);
              return thread;
            });
    if (terminal) {
      clock.scheduleWithFixedDelay(this::draw, 0, DRAW_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  static ProgressBars on(Hawser.Streams streams, boolean quiet) {
    OutputStream target = quiet ? OutputStream.nullOutputStream() : streams.err();
    // Java knows a terminal only when input and output are both one.
    boolean terminal = !quiet && streams.err() == System.err && System.console() != null;
    return new ProgressBars(new PrintStream(target, true, StandardCharsets.UTF_8), terminal);
  }

  /** For tests: as if on a terminal. */
  static ProgressBars drawing(OutputStream target) {
    return new ProgressBars(new PrintStream(target, true, StandardCharsets.UTF_8), true);
  }

  @Override
  public synchronized void at(Digest blob, Stage stage, long bytes, long ofBytes) {
    lines.put(blob, new Line(stage, bytes, ofBytes));
    if (!terminal && stage != Stage.MOVING) {
      err.println(blob.shortHex() + "  " + word(stage) + "  " + Outputs.size(ofBytes));
    }
  }

  private static String word(Stage stage) {
    return switch (stage) {
      case PRESENT -> "there already";
      case MOVING -> "moving";
      case MOVED -> "moved";
      case UNPACKED -> "unpacked";
    };
  }

  private synchronized void draw() {
    StringBuilder text = new StringBuilder();
    if (drawn > 0) {
      text.append("\033[").append(drawn).append('A');
    }
    lines.forEach((blob, line) -> text.append(bar(blob, line)).append("\033[K\n"));
    drawn = lines.size();
    err.print(text);
    err.flush();
  }

  private static String bar(Digest blob, Line line) {
    boolean done = line.stage() != Stage.MOVING;
    double share = done || line.ofBytes() == 0 ? 1 : (double) line.bytes() / line.ofBytes();
    int full = (int) (share * BAR_CELLS);
    return String.format(
        Locale.ROOT,
        "%s  [%s%s] %4.0f %%  %9s  %s",
        blob.shortHex(),
        "=".repeat(full),
        " ".repeat(BAR_CELLS - full),
        share * 100,
        Outputs.size(line.ofBytes()),
        word(line.stage()));
  }

  @Override
  public void close() {
    clock.shutdownNow();
    if (terminal) {
      draw();
    }
  }
}
