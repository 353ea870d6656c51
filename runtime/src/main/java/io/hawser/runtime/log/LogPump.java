package io.hawser.runtime.log;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the output of all containers into their logs: one thread, never blocked by a container. A
 * flooding one gets its turn of {@link #TURN_BYTES} like every other and is held back by its own
 * full pipe.
 */
public final class LogPump implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogPump.class);
  private static final int TURN_BYTES = 64 * 1024;
  private static final int EVENTS_PER_WAIT = 64;

  /** Output that is in the pipes when a container ends: at most this much of it is awaited. */
  private static final int MAX_DRAIN_BYTES = 8 * 1024 * 1024;

  private static final class Source {
    private final int fd;
    private final Output output;
    private final LineSplitter lines;
    private final List<OutputTap> taps = new ArrayList<>();
    private boolean watched = true;

    private Source(int fd, Output output, String stream) {
      this.fd = fd;
      this.output = output;
      this.lines = new LineSplitter(stream, output.log);
    }
  }

  /** One container's output. */
  public static final class Output {
    private final ContainerLog log;
    private final List<Source> sources = new ArrayList<>();

    private boolean finished;

    private Output(Path file) {
      this.log = new ContainerLog(file);
    }
  }

  /** The pump's thread never waits for longer than a turn takes. */
  private static final int ATTACH_TIMEOUT_SECONDS = 10;

  private final Kernel kernel;
  private final int epoll;
  private final int wake;
  private final Map<Integer, Source> byFd = new HashMap<>();
  private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(TURN_BYTES);
  private final byte[] chunk = new byte[TURN_BYTES];
  private final Thread thread;
  private volatile boolean closed;

  public LogPump(Kernel kernel) {
    this.kernel = kernel;
    this.epoll = kernel.epoll();
    this.wake = kernel.eventfd();
    kernel.epollAdd(epoll, wake, Flags.POLLIN);
    this.thread = new Thread(this::run, "hawser-logs");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Takes over the reading ends of a container's output, non-blocking ones.
   *
   * @param stdoutFd -1: none (an adopted container whose terminal went with its process)
   * @param stderrFd -1: none (a terminal)
   */
  public Output add(Path logFile, int stdoutFd, int stderrFd) {
    Output output = new Output(logFile);
    if (stdoutFd >= 0) {
      output.sources.add(new Source(stdoutFd, output, "stdout"));
    }
    if (stderrFd >= 0) {
      output.sources.add(new Source(stderrFd, output, "stderr"));
    }
    command(
        () -> {
          for (Source source : output.sources) {
            byFd.put(source.fd, source);
            kernel.epollAdd(epoll, source.fd, Flags.POLLIN);
          }
        });
    return output;
  }

  /**
   * Live copies of the output from now on: stdout's and stderr's, or a terminal's and an empty one.
   * What the container writes after the return is in them.
   *
   * @throws IllegalStateException when this pump is closed
   */
  public List<OutputTap> attach(Output output) {
    List<OutputTap> taps = List.of(new OutputTap(), new OutputTap());
    CompletableFuture<Void> added = new CompletableFuture<>();
    command(
        () -> {
          for (int i = 0; i < taps.size(); i++) {
            if (output.finished || i >= output.sources.size()) {
              taps.get(i).end();
            } else {
              output.sources.get(i).taps.add(taps.get(i));
            }
          }
          added.complete(null);
        });
    try {
      added.get(ATTACH_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while attaching", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the reader of containers' output does not answer", e);
    }
    return taps;
  }

  /**
   * Writes what is still in the pipes of an ended container and closes them.
   *
   * @return completes once the log is whole
   */
  public CompletionStage<Void> finish(Output output) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    command(
        () -> {
          for (Source source : output.sources) {
            int drained = 0;
            int count = 1;
            while (count > 0 && drained < MAX_DRAIN_BYTES) {
              count = readTurn(source);
              drained += Math.max(0, count);
            }
            source.lines.finish();
            source.taps.forEach(OutputTap::end);
            forget(source);
          }
          output.finished = true;
          output.log.close();
          done.complete(null);
        });
    return done;
  }

  private void command(Runnable command) {
    commands.add(command);
    kernel.write(wake, ByteBuffer.allocateDirect(8).put(0, (byte) 1));
  }

  private void run() {
    while (!closed) {
      try {
        List<Kernel.Ready> ready = kernel.epollWait(epoll, EVENTS_PER_WAIT, -1);
        for (Kernel.Ready event : ready) {
          if (event.fd() == wake) {
            kernel.read(wake, buffer.clear());
          } else {
            readReady(byFd.get(event.fd()));
          }
        }
        for (Runnable next = commands.poll(); next != null; next = commands.poll()) {
          next.run();
        }
      } catch (RuntimeException e) { // one container's trouble must not end the others' logs
        LOG.warn("reading containers' output failed", e);
      }
    }
    byFd.values().forEach(source -> kernel.close(source.fd));
    kernel.close(wake);
    kernel.close(epoll);
  }

  /** At the end of a stream its descriptor is no longer watched, else it would spin. */
  private void readReady(Source source) {
    if (source != null && source.watched && readTurn(source) == 0) {
      source.watched = false;
      kernel.epollRemove(epoll, source.fd);
    }
  }

  /**
   * @return bytes read, 0 at the end, -1 when nothing is there
   */
  private int readTurn(Source source) {
    int count;
    try {
      count = kernel.read(source.fd, buffer.clear());
    } catch (KernelFault e) {
      if (!e.is(Errno.EIO)) { // how a terminal ends
        LOG.warn("reading a container's output failed: {}", e.getMessage());
      }
      return 0;
    }
    if (count > 0) {
      buffer.flip().get(chunk, 0, count);
      source.output.log.begin(Instant.now());
      source.lines.accept(chunk, count);
      source.output.log.commit();
      if (!source.taps.isEmpty()) {
        byte[] copy = Arrays.copyOf(chunk, count);
        source.taps.removeIf(tap -> !tap.offer(copy));
      }
    }
    return count;
  }

  private void forget(Source source) {
    if (source.watched) {
      kernel.epollRemove(epoll, source.fd);
    }
    byFd.remove(source.fd);
    kernel.close(source.fd);
  }

  /** Stops reading; containers go on and are held back when their pipes are full. */
  @Override
  public void close() {
    closed = true;
    command(() -> {});
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
