package io.hawser.node;

import io.hawser.cluster.protocol.NodeProtocol.LogOpened;
import io.hawser.cluster.protocol.NodeProtocol.LogRefused;
import io.hawser.cluster.protocol.NodeProtocol.LogStream;
import io.hawser.cluster.protocol.NodeProtocol.OpenLog;
import io.hawser.model.Refusal;
import io.hawser.model.Refusal.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.StreamRefs;
import org.apache.pekko.util.ByteString;

/**
 * Streams a container's log. Reads happen on the node's work threads, one piece at a time and only
 * when the receiver asks; a followed log without news takes no thread, only a look each {@link
 * NodeLimits#LOG_POLL}.
 */
final class LogStreams {
  private LogStreams() {}

  /** Never fails; what can't be shown is refused. */
  static CompletionStage<LogOpened> open(OpenLog query, Machine machine, ActorSystem<?> system) {
    PodDoor.Found found = PodDoor.find(machine, query.pod(), query.container());
    if (found.refusal().isPresent()) {
      return refused(found.refusal().get());
    }
    PodDoor.Target target = found.target().get();
    String name = target.container().name();
    Optional<PodWork.Held> held = target.work().held(name);
    if (held.isEmpty()) {
      return refused(
          Refusal.of(
              Reason.BAD_REQUEST,
              "container \""
                  + name
                  + "\" in pod \""
                  + query.pod().name()
                  + "\" is waiting to start: "
                  + waitingFor(target.work(), name)));
    }
    if (query.previous() && held.get().previous().isEmpty()) {
      return refused(
          Refusal.of(
              Reason.BAD_REQUEST,
              "previous terminated container \""
                  + name
                  + "\" in pod \""
                  + query.pod().name()
                  + "\" not found"));
    }
    if (!machine.logStreams().tryAcquire()) {
      return refused(
          Refusal.of(
              Reason.TOO_MANY_REQUESTS,
              "this node streams " + NodeLimits.LOG_STREAMS + " logs already"));
    }
    Tail tail = new Tail(query, target.work(), name, held.get());
    SourceRef<ByteString> lines =
        Source.unfoldResourceAsync(
                () -> machine.blocking(tail::open),
                opened -> nextPiece(opened, machine, system),
                opened -> {
                  opened.closed = true;
                  return machine.blocking(opened::close);
                })
            .watchTermination(
                (mat, done) -> {
                  done.whenComplete((d, f) -> machine.logStreams().release());
                  return mat;
                })
            .runWith(StreamRefs.sourceRef(), system);
    return CompletableFuture.completedFuture(new LogStream(lines));
  }

  private static String waitingFor(PodWork work, String container) {
    return Stream.concat(
            work.status().initContainers().stream(), work.status().containers().stream())
        .filter(c -> c.name().equals(container))
        .findFirst()
        .flatMap(c -> c.state().reason())
        .orElse("ContainerCreating");
  }

  private static CompletionStage<LogOpened> refused(Refusal refusal) {
    return CompletableFuture.completedFuture(new LogRefused(refusal));
  }

  private static CompletionStage<Optional<ByteString>> nextPiece(
      Tail tail, Machine machine, ActorSystem<?> system) {
    CompletableFuture<Optional<ByteString>> result = new CompletableFuture<>();
    poll(tail, machine, system, result);
    return result;
  }

  private static void poll(
      Tail tail,
      Machine machine,
      ActorSystem<?> system,
      CompletableFuture<Optional<ByteString>> result) {
    machine
        .blocking(tail::next)
        .whenComplete(
            (step, failure) -> {
              if (failure != null) {
                result.completeExceptionally(failure);
              } else if (step.over()) {
                result.complete(Optional.empty());
              } else if (step.bytes().length > 0) {
                result.complete(Optional.of(ByteString.fromArray(step.bytes())));
              } else {
                system
                    .scheduler()
                    .scheduleOnce(
                        NodeLimits.LOG_POLL,
                        () -> poll(tail, machine, system, result),
                        system.executionContext());
              }
            });
  }

  /** Nothing to show and not over: look again later. */
  private record Step(byte[] bytes, boolean over) {}

  /** One reader's place in a log, and in the next start's log when it follows a restart. */
  private static final class Tail {
    private final OpenLog query;
    private final PodWork work;
    private final String container;
    private final byte[] piece = new byte[NodeLimits.STREAM_CHUNK_BYTES];
    private int attempt;
    private Path file;
    private LogCursor cursor;
    private CriLines lines;
    private volatile boolean closed;

    Tail(OpenLog query, PodWork work, String container, PodWork.Held held) {
      this.query = query;
      this.work = work;
      this.container = container;
      this.attempt = query.previous() ? held.previous().get().attempt() : held.current().attempt();
      this.file = query.previous() ? held.previous().get().logFile() : held.current().logFile();
    }

    Tail open() throws IOException {
      cursor = new LogCursor(file);
      long skip = 0;
      if (query.tailLines().isPresent()) {
        skip = Math.max(0, cursor.countLines() - query.tailLines().get());
      }
      lines = new CriLines(query.timestamps(), query.sinceTime(), skip, query.limitBytes());
      return this;
    }

    Done close() throws IOException {
      cursor.close();
      return Done.getInstance();
    }

    Step next() throws IOException {
      if (closed || lines.isFull()) {
        return new Step(new byte[0], true);
      }
      // Asked before the read: what the container wrote before its end is read after it.
      boolean ended = hasEnded();
      int read;
      while ((read = cursor.read(piece)) > 0) {
        byte[] shown = lines.feed(piece, read);
        if (shown.length > 0) {
          return new Step(shown, false);
        }
      }
      if (!query.follow() || query.previous()) {
        return new Step(new byte[0], true);
      }
      return new Step(new byte[0], ended && !followRestart());
    }

    private boolean hasEnded() {
      return work.held(container)
          .map(h -> h.current().attempt() != attempt || h.hasEnded())
          .orElse(true);
    }

    /**
     * @return false when there is and will be no further start
     */
    private boolean followRestart() throws IOException {
      Optional<PodWork.Held> held = work.held(container);
      if (held.isEmpty() || work.isFinished(container)) {
        return false;
      }
      if (held.get().current().attempt() > attempt) {
        attempt = held.get().current().attempt();
        file = held.get().current().logFile();
        cursor.close();
        cursor = new LogCursor(file);
      }
      return true;
    }
  }
}
