package io.hawser.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.NodeProtocol.ExecOpened;
import io.hawser.cluster.protocol.NodeProtocol.ExecRefused;
import io.hawser.cluster.protocol.NodeProtocol.ExecStreams;
import io.hawser.cluster.protocol.NodeProtocol.OpenAttach;
import io.hawser.cluster.protocol.NodeProtocol.OpenExec;
import io.hawser.model.Refusal;
import io.hawser.model.Refusal.Reason;
import io.hawser.runtime.Container;
import io.hawser.runtime.ExecSession;
import io.hawser.runtime.ExecSpec;
import io.hawser.runtime.ExitStatus;
import io.hawser.runtime.ProgramFault;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.SinkRef;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.StreamRefs;
import org.apache.pekko.util.ByteString;

/**
 * A command in a container, or its own first process, with its streams carried over the cluster,
 * framed as Kubernetes' {@code v4.channel.k8s.io} and {@code v5.channel.k8s.io} do. Reads from and
 * writes to the process block, on threads of their own, and only when the other side asks for more.
 * The client's going ends the exec'ed process.
 */
final class ExecStreaming {
  private static final byte STDIN = 0;
  private static final byte STDOUT = 1;
  private static final byte STDERR = 2;
  private static final byte STATUS = 3;
  private static final byte RESIZE = 4;
  private static final byte CLOSE = (byte) 255;
  private static final ObjectMapper JSON = new ObjectMapper();

  private ExecStreaming() {}

  /**
   * Never fails; what can't be run is refused. A command that is not there has a session too: its
   * error is a sentence on stderr, its exit code 127 or 126, as a shell would have it.
   */
  static CompletionStage<ExecOpened> open(
      OpenExec request, Machine machine, ActorSystem<?> system) {
    if (request.command().isEmpty()) {
      return refused(Refusal.of(Reason.BAD_REQUEST, "you must specify at least 1 command"));
    }
    ExecSpec spec = new ExecSpec(request.command(), request.stdin(), request.tty());
    return open(
        PodDoor.findRunning(machine, request.pod(), request.container()),
        running -> {
          try {
            return new Session(running.exec(spec), request.tty(), machine, system);
          } catch (ProgramFault fault) {
            return new Session(new FailedExec(fault), false, machine, system);
          }
        },
        "can't run " + request.command(),
        machine);
  }

  /** The same for the container's own first process. */
  static CompletionStage<ExecOpened> attach(
      OpenAttach request, Machine machine, ActorSystem<?> system) {
    PodDoor.Found found = PodDoor.findRunning(machine, request.pod(), request.container());
    boolean tty = found.target().map(t -> t.container().tty()).orElse(false);
    return open(
        found,
        running -> new Session(running.attach(request.stdin()), tty, machine, system).ofAttach(),
        "can't attach",
        machine);
  }

  private static CompletionStage<ExecOpened> open(
      PodDoor.Found found, Function<Container, Session> start, String failed, Machine machine) {
    if (found.refusal().isPresent()) {
      return refused(found.refusal().get());
    }
    if (!machine.execSessions().tryAcquire()) {
      return refused(
          Refusal.of(
              Reason.TOO_MANY_REQUESTS,
              "this node runs " + NodeLimits.EXEC_SESSIONS + " exec sessions already"));
    }
    PodDoor.Target target = found.target().get();
    return machine
        .blocking(
            () ->
                start.apply(target.work().held(target.container().name()).orElseThrow().current()))
        .thenApply(session -> (ExecOpened) session.streams())
        .exceptionally(
            failure -> {
              machine.execSessions().release();
              return new ExecRefused(
                  Refusal.of(Reason.BAD_REQUEST, failed + ": " + NodeThreads.text(failure)));
            });
  }

  private static CompletionStage<ExecOpened> refused(Refusal refusal) {
    return CompletableFuture.completedFuture(new ExecRefused(refusal));
  }

  private static byte[] success() {
    return status(new ExitStatus(0, 0, false, Instant.EPOCH));
  }

  /** Kubernetes' {@code metav1.Status} of an exec that is over. */
  static byte[] status(ExitStatus exit) {
    ObjectNode status = JSON.createObjectNode();
    status.putObject("metadata");
    if (exit.code() == 0) {
      status.put("status", "Success");
    } else {
      status.put("status", "Failure");
      status.put("message", "command terminated with non-zero exit code: exit code " + exit.code());
      status.put("reason", "NonZeroExitCode");
      ObjectNode cause = JSON.createObjectNode();
      cause.put("reason", "ExitCode");
      cause.put("message", Integer.toString(exit.code()));
      status.putObject("details").putArray("causes").add(cause);
    }
    return status.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  /** One session's two streams. */
  private record Session(
      ExecSession process,
      boolean tty,
      boolean attached,
      Machine machine,
      ActorSystem<?> system,
      AtomicBoolean over,
      SharedKillSwitch cut,
      Map<Byte, Instant> reading) {

    Session(ExecSession process, boolean tty, Machine machine, ActorSystem<?> system) {
      this(
          process,
          tty,
          false,
          machine,
          system,
          new AtomicBoolean(),
          KillSwitches.shared("exec-cut"),
          new ConcurrentHashMap<>());
    }

    /** Its end is the end of the streams, not of the process. */
    Session ofAttach() {
      return new Session(process, tty, true, machine, system, over, cut, reading);
    }

    ExecStreams streams() {
      SourceRef<ByteString> output = output().runWith(StreamRefs.sourceRef(), system);
      SinkRef<ByteString> input =
          StreamRefs.<ByteString>sinkRef()
              .via(cut.flow())
              .mapAsync(1, this::onMessage)
              .to(
                  Sink.onComplete(
                      end -> {
                        if (end.isFailure()) {
                          end();
                        } else {
                          closeStdin();
                        }
                      }))
              .run(system);
      return new ExecStreams(input, output);
    }

    private Source<ByteString, NotUsed> output() {
      process.exit().whenComplete((exit, failure) -> cutWhenSilent());
      Source<ByteString, NotUsed> bytes = read(process.stdout(), STDOUT);
      if (!tty) {
        bytes = bytes.merge(read(process.stderr(), STDERR));
      }
      return bytes
          .via(cut.flow())
          .concat(
              Source.lazyCompletionStage(
                  () ->
                      attached
                          ? CompletableFuture.completedFuture(framed(STATUS, success()))
                          : process.exit().thenApply(exit -> framed(STATUS, status(exit)))))
          .watchTermination(
              (mat, done) -> {
                done.whenComplete((d, failure) -> end());
                return mat;
              });
    }

    private Source<ByteString, NotUsed> read(InputStream in, byte channel) {
      return Source.unfoldResourceAsync(
          () -> CompletableFuture.completedFuture(in),
          stream ->
              NodeThreads.call(
                  machine.threads().exec(),
                  () -> {
                    reading.put(channel, machine.now());
                    try {
                      return readPiece(stream, channel);
                    } finally {
                      reading.remove(channel);
                    }
                  }),
          stream -> CompletableFuture.completedFuture(Done.getInstance()));
    }

    private CompletionStage<Done> onMessage(ByteString message) {
      if (message.isEmpty()) {
        return CompletableFuture.completedFuture(Done.getInstance());
      }
      byte channel = message.apply(0);
      byte[] data = message.drop(1).toArray();
      return NodeThreads.call(
          machine.threads().exec(),
          () -> {
            if (channel == STDIN) {
              write(data);
            } else if (channel == RESIZE) {
              resize(data);
            } else if (channel == CLOSE && data.length > 0 && data[0] == STDIN) {
              process.stdin().close();
            }
            return Done.getInstance();
          });
    }

    private void write(byte[] data) {
      try {
        process.stdin().write(data);
        process.stdin().flush();
      } catch (IOException e) {
        // The process no longer reads; its output and end tell the client all there is.
      }
    }

    private void resize(byte[] data) {
      try {
        JsonNode size = JSON.readTree(data);
        process.resize(size.path("Width").asInt(), size.path("Height").asInt());
      } catch (IOException e) {
        // A size that can't be read changes nothing.
      }
    }

    /**
     * The process has ended. A child of it that holds the pipes open must not keep the session; a
     * client that is slow to take the last output may.
     */
    private void cutWhenSilent() {
      Instant silentSince = machine.now().minus(NodeLimits.EXEC_DRAIN);
      if (reading.values().stream().anyMatch(silentSince::isAfter)) {
        cut.shutdown();
      } else if (!over.get()) {
        system
            .scheduler()
            .scheduleOnce(NodeLimits.EXEC_DRAIN, this::cutWhenSilent, system.executionContext());
      }
    }

    private void closeStdin() {
      NodeThreads.call(
          machine.threads().exec(),
          () -> {
            process.stdin().close();
            return Done.getInstance();
          });
    }

    private void end() {
      if (!over.compareAndSet(false, true)) {
        return;
      }
      cut.shutdown();
      machine
          .blocking(
              () -> {
                process.close();
                return Done.getInstance();
              })
          .whenComplete((done, failure) -> machine.execSessions().release());
    }

    private static Optional<ByteString> readPiece(InputStream in, byte channel) {
      byte[] piece = new byte[NodeLimits.STREAM_CHUNK_BYTES];
      try {
        int read = in.read(piece);
        return read < 0
            ? Optional.empty()
            : Optional.of(framed(channel, java.util.Arrays.copyOf(piece, read)));
      } catch (IOException e) {
        // A terminal whose process ended reads as EIO; both mean the end.
        return Optional.empty();
      }
    }

    private static ByteString framed(byte channel, byte[] data) {
      byte[] all = new byte[data.length + 1];
      all[0] = channel;
      System.arraycopy(data, 0, all, 1, data.length);
      return ByteString.fromArray(all);
    }
  }
}
