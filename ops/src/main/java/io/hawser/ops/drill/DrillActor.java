package io.hawser.ops.drill;

import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.cluster.protocol.DrillProtocol.GetReport;
import io.hawser.cluster.protocol.DrillProtocol.ListReports;
import io.hawser.cluster.protocol.DrillProtocol.StartNodeKill;
import io.hawser.cluster.protocol.DrillProtocol.Started;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.model.DrillReport;
import io.hawser.model.Node;
import io.hawser.model.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Runs failover drills, one at a time, and keeps their reports. Its JVM's gateway talks to it; a
 * child of its own carries each drill out.
 */
public final class DrillActor extends AbstractBehavior<DrillProtocol.Command> {
  /** Reports that are kept in memory; older ones stay on disk. */
  static final int MAX_REPORTS = 100;

  private static final Duration STATE_TIMEOUT = Duration.ofSeconds(3);

  private record StateRead(StartNodeKill request, Optional<View> view)
      implements DrillProtocol.Command {}

  private record OldReports(List<DrillReport> reports) implements DrillProtocol.Command {}

  /** From the drill that runs: its report as it is now. */
  record Progressed(DrillReport report) implements DrillProtocol.Command {}

  private record Written(Optional<Throwable> failure) implements DrillProtocol.Command {}

  private record DrillEnded(String id) implements DrillProtocol.Command {}

  private final String nodeName;
  private final ActorRef<ReplicaProtocol.Command> replica;
  private final ActorRef<SchedulerProtocol.Command> scheduler;
  private final DrillReports disk;
  private final Executor blocking;
  private final Map<String, DrillReport> reports = new LinkedHashMap<>();
  private final Deque<DrillReport> toWrite = new ArrayDeque<>();
  private boolean writing;
  private Optional<String> running = Optional.empty();

  /**
   * @param nodeName the node this runs on; it can't be killed from here
   * @param reportDir where reports are written, {@code ID.json} and {@code ID.txt}
   */
  public static Behavior<DrillProtocol.Command> create(
      String nodeName,
      ActorRef<ReplicaProtocol.Command> replica,
      ActorRef<SchedulerProtocol.Command> scheduler,
      Path reportDir) {
    return Behaviors.setup(
        context -> new DrillActor(context, nodeName, replica, scheduler, reportDir));
  }

  private DrillActor(
      ActorContext<DrillProtocol.Command> context,
      String nodeName,
      ActorRef<ReplicaProtocol.Command> replica,
      ActorRef<SchedulerProtocol.Command> scheduler,
      Path reportDir) {
    super(context);
    this.nodeName = nodeName;
    this.replica = replica;
    this.scheduler = scheduler;
    this.disk = new DrillReports(reportDir);
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
    context.pipeToSelf(
        CompletableFuture.supplyAsync(disk::read, blocking),
        (old, failure) -> new OldReports(failure == null ? old : List.of()));
  }

  @Override
  public Receive<DrillProtocol.Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(StartNodeKill.class, this::onStart)
        .onMessage(GetReport.class, this::onGetReport)
        .onMessage(ListReports.class, this::onListReports)
        .onMessage(StateRead.class, this::onStateRead)
        .onMessage(OldReports.class, this::onOldReports)
        .onMessage(Progressed.class, this::onProgressed)
        .onMessage(Written.class, this::onWritten)
        .onMessage(DrillEnded.class, this::onDrillEnded)
        .build();
  }

  private Behavior<DrillProtocol.Command> onStart(StartNodeKill request) {
    getContext()
        .ask(
            View.class,
            replica,
            STATE_TIMEOUT,
            ReplicaProtocol.GetState::new,
            (view, failure) -> new StateRead(request, Optional.ofNullable(view)));
    return this;
  }

  private Behavior<DrillProtocol.Command> onGetReport(GetReport request) {
    request.replyTo().tell(Optional.ofNullable(reports.get(request.id())));
    return this;
  }

  private Behavior<DrillProtocol.Command> onListReports(ListReports request) {
    request.replyTo().tell(new ArrayList<>(reports.values()));
    return this;
  }

  private Behavior<DrillProtocol.Command> onStateRead(StateRead read) {
    Optional<Refusal> refusal = refuse(read);
    if (refusal.isPresent()) {
      read.request().replyTo().tell(new Started(Optional.empty(), refusal));
      return this;
    }
    DrillReport report =
        NodeKillDrill.initialReport(read.request().node(), java.time.Instant.now());
    running = Optional.of(report.id());
    keep(report);
    var drill =
        getContext()
            .spawn(
                NodeKillDrill.create(
                    report,
                    read.request().probePort(),
                    read.view().orElseThrow().state(),
                    new NodeKillDrill.Others(replica, scheduler, getContext().getSelf())),
                report.id());
    getContext().watchWith(drill, new DrillEnded(report.id()));
    read.request().replyTo().tell(new Started(Optional.of(report), Optional.empty()));
    return this;
  }

  private Optional<Refusal> refuse(StateRead read) {
    String wanted = read.request().node();
    if (running.isPresent()) {
      return refusal(Refusal.Reason.CONFLICT, "drill " + running.get() + " still runs here");
    } else if (wanted.equals(nodeName)) {
      return refusal(
          Refusal.Reason.CONFLICT,
          "this gateway runs on node " + wanted + ": ask the gateway of another node");
    } else if (read.view().filter(View::connected).isEmpty()) {
      return refusal(
          Refusal.Reason.UNAVAILABLE, "this gateway has no contact to the scheduler at the moment");
    }
    Optional<Node> node = read.view().get().state().node(wanted);
    if (node.isEmpty()) {
      return refusal(Refusal.Reason.NOT_FOUND, "nodes \"" + wanted + "\" not found");
    } else if (!node.get().isReady()) {
      return refusal(Refusal.Reason.CONFLICT, "node " + wanted + " is lost already");
    }
    return Optional.empty();
  }

  private static Optional<Refusal> refusal(Refusal.Reason reason, String message) {
    return Optional.of(Refusal.of(reason, message));
  }

  private Behavior<DrillProtocol.Command> onOldReports(OldReports old) {
    Map<String, DrillReport> present = new LinkedHashMap<>(reports);
    reports.clear();
    old.reports().forEach(this::keep);
    present.values().forEach(this::keep);
    return this;
  }

  private Behavior<DrillProtocol.Command> onProgressed(Progressed progressed) {
    DrillReport report = progressed.report();
    keep(report);
    // Only the newest of a report that waits to be written is worth writing.
    toWrite.removeIf(older -> older.id().equals(report.id()));
    toWrite.add(report);
    writeNext();
    return this;
  }

  private void keep(DrillReport report) {
    reports.put(report.id(), report);
    if (reports.size() > MAX_REPORTS) {
      reports.remove(reports.keySet().iterator().next());
    }
  }

  private void writeNext() {
    if (writing || toWrite.isEmpty()) {
      return;
    }
    writing = true;
    DrillReport report = toWrite.remove();
    getContext()
        .pipeToSelf(
            CompletableFuture.runAsync(() -> write(report), blocking),
            (done, failure) -> new Written(Optional.ofNullable(failure)));
  }

  private void write(DrillReport report) {
    try {
      disk.write(report);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Behavior<DrillProtocol.Command> onWritten(Written written) {
    written
        .failure()
        .ifPresent(e -> getContext().getLog().warn("a drill's report can't be written", e));
    writing = false;
    writeNext();
    return this;
  }

  private Behavior<DrillProtocol.Command> onDrillEnded(DrillEnded ended) {
    running = running.filter(id -> !id.equals(ended.id()));
    return this;
  }
}
