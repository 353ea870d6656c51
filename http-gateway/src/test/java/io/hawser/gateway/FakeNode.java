package io.hawser.gateway;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.model.AssignedPod;
import io.hawser.model.NodeInfo;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.SinkRef;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.StreamRefs;
import org.apache.pekko.util.ByteString;

/** A node without a machine: whatever it is told to run is running and ready at once. */
final class FakeNode extends AbstractBehavior<NodeProtocol.Command> {
  private record Register() implements NodeProtocol.Command {}

  private final NodeInfo info;
  private final ActorRef<SchedulerProtocol.Command> scheduler;
  private final Map<String, AssignedPod> pods = new HashMap<>();
  private long reports;

  static Behavior<NodeProtocol.Command> create(
      NodeInfo info, ActorRef<SchedulerProtocol.Command> scheduler) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(
                      new Register(), Duration.ZERO, Duration.ofSeconds(1));
                  return new FakeNode(context, info, scheduler);
                }));
  }

  private FakeNode(
      ActorContext<NodeProtocol.Command> context,
      NodeInfo info,
      ActorRef<SchedulerProtocol.Command> scheduler) {
    super(context);
    this.info = info;
    this.scheduler = scheduler;
  }

  @Override
  public Receive<NodeProtocol.Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Register.class, m -> onRegister())
        .onMessage(NodeProtocol.Assign.class, this::onAssign)
        .onMessage(NodeProtocol.AssignDelta.class, this::onAssignDelta)
        .onMessage(NodeProtocol.OpenLog.class, this::onOpenLog)
        .onMessage(NodeProtocol.OpenExec.class, this::onOpenExec)
        .onMessage(NodeProtocol.ReadUsage.class, this::onReadUsage)
        .onMessage(NodeProtocol.DescribeLaunch.class, this::onDescribeLaunch)
        .onAnyMessage(m -> this)
        .build();
  }

  private boolean registered;

  private Behavior<NodeProtocol.Command> onRegister() {
    if (!registered) {
      scheduler.tell(
          new SchedulerProtocol.RegisterNode(info, List.of(), 0, getContext().getSelf()));
    }
    return this;
  }

  private Behavior<NodeProtocol.Command> onAssign(NodeProtocol.Assign assign) {
    registered = true;
    pods.keySet().retainAll(assign.pods().stream().map(AssignedPod::uid).toList());
    converge(assign.pods());
    return this;
  }

  private Behavior<NodeProtocol.Command> onAssignDelta(NodeProtocol.AssignDelta delta) {
    delta.removed().forEach(pods::remove);
    converge(delta.changed());
    return this;
  }

  private void converge(List<AssignedPod> wanted) {
    List<PodReport> news = new ArrayList<>();
    for (AssignedPod pod : wanted) {
      boolean stops = pod.stopGraceSeconds().isPresent();
      AssignedPod old = stops ? pods.remove(pod.uid()) : pods.put(pod.uid(), pod);
      if (stops || old == null) {
        news.add(new PodReport(pod.name(), pod.uid(), running(pod), stops));
      }
    }
    if (!news.isEmpty()) {
      scheduler.tell(
          new SchedulerProtocol.ReportPods(
              info.name(), info.incarnation(), ++reports, news, getContext().getSelf()));
    }
  }

  private static PodStatus running(AssignedPod pod) {
    Instant now = Instant.now();
    List<ContainerStatus> containers =
        pod.spec().containers().stream()
            .map(
                c ->
                    new ContainerStatus(
                        c.name(),
                        c.image(),
                        "sha256:0",
                        pod.uid() + "-" + c.name(),
                        ContainerState.running(now),
                        Optional.empty(),
                        true,
                        true,
                        0))
            .toList();
    return new PodStatus(
        PodPhase.RUNNING,
        Optional.of(now),
        Optional.of("10.0.0." + (1 + Math.abs(pod.uid().hashCode()) % 250)),
        Optional.of(now),
        List.of(),
        containers,
        Optional.empty(),
        Optional.empty());
  }

  private Behavior<NodeProtocol.Command> onOpenLog(NodeProtocol.OpenLog open) {
    if (open.previous()) {
      open.replyTo()
          .tell(
              new NodeProtocol.LogRefused(
                  Refusal.of(Refusal.Reason.BAD_REQUEST, "there was no previous start")));
      return this;
    }
    SourceRef<ByteString> lines =
        Source.from(List.of("hello\n", "from " + open.pod().name() + "\n"))
            .map(ByteString::fromString)
            .runWith(StreamRefs.sourceRef(), materializer());
    open.replyTo().tell(new NodeProtocol.LogStream(lines));
    return this;
  }

  /** Every container uses a quarter of a core and 32 MiB. */
  private Behavior<NodeProtocol.Command> onReadUsage(NodeProtocol.ReadUsage read) {
    Map<String, NodeProtocol.ContainerUsage> containers = new HashMap<>();
    for (AssignedPod pod : pods.values()) {
      pod.spec()
          .containers()
          .forEach(
              c ->
                  containers.put(
                      pod.name() + "/" + c.name(),
                      new NodeProtocol.ContainerUsage(250, 32 << 20, 1)));
    }
    read.replyTo()
        .tell(
            new NodeProtocol.NodeUsage(
                info.name(),
                Instant.now(),
                250L * containers.size(),
                (32L << 20) * containers.size(),
                containers));
    return this;
  }

  private Behavior<NodeProtocol.Command> onDescribeLaunch(NodeProtocol.DescribeLaunch ask) {
    List<NodeProtocol.LaunchCall> calls =
        List.of(
            new NodeProtocol.LaunchCall(
                "execve(" + ask.container().orElse("") + ")",
                "execve",
                List.of("\"/bin/web\"", "[web]", "[KEY=…]"),
                false));
    ask.replyTo().tell(new NodeProtocol.LaunchDescribed(Optional.empty(), 2, calls));
    return this;
  }

  /** Prints the command's words, then what comes in by stdin, and ends well when stdin ends. */
  private Behavior<NodeProtocol.Command> onOpenExec(NodeProtocol.OpenExec open) {
    Pair<SinkRef<ByteString>, Source<ByteString, NotUsed>> input =
        StreamRefs.<ByteString>sinkRef()
            .toMat(
                Sink.asPublisher(org.apache.pekko.stream.javadsl.AsPublisher.WITHOUT_FANOUT),
                (ref, publisher) -> Pair.create(ref, Source.fromPublisher(publisher)))
            .run(materializer());
    Source<ByteString, NotUsed> echo =
        open.stdin()
            ? input
                .second()
                .takeWhile(m -> m.head() != (byte) 255)
                .filter(m -> m.head() == 0 && m.size() > 1)
                .map(m -> channel(1, m.drop(1)))
            : Source.empty();
    String words = String.join(" ", open.command()) + "\n";
    SourceRef<ByteString> output =
        Source.single(channel(1, ByteString.fromString(words)))
            .concat(echo)
            .concat(
                Source.single(
                    channel(3, ByteString.fromString("{\"metadata\":{},\"status\":\"Success\"}"))))
            .runWith(StreamRefs.sourceRef(), materializer());
    open.replyTo().tell(new NodeProtocol.ExecStreams(input.first(), output));
    return this;
  }

  private static ByteString channel(int number, ByteString bytes) {
    return ByteString.fromArray(new byte[] {(byte) number}).concat(bytes);
  }

  private Materializer materializer() {
    return Materializer.matFromSystem(getContext().getSystem());
  }
}
