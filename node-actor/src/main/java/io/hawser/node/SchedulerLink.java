package io.hawser.node;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.RegisterNode;
import io.hawser.cluster.protocol.SchedulerProtocol.ReportPods;
import io.hawser.cluster.protocol.SchedulerProtocol.ResyncNode;
import io.hawser.model.NodeInfo;
import io.hawser.model.PodReport;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * What a node says to the scheduler, and when: it registers until it is assigned something, then
 * reports what changed, in batches, each until it is accepted. Part of the NodeActor, on its
 * thread.
 */
final class SchedulerLink {
  /** Timers' messages; the NodeActor hands each to {@link #onTimer}. */
  enum Timer implements NodeProtocol.Command {
    REGISTER,
    FLUSH,
    RESEND
  }

  private final NodeInfo info;
  private final ActorRef<SchedulerProtocol.Command> scheduler;
  private final ActorRef<NodeProtocol.Command> self;
  private final TimerScheduler<NodeProtocol.Command> timers;
  private final ReportOutbox outbox;
  private final Map<String, PodReport> latest = new HashMap<>();
  private boolean registering;
  private boolean settling;
  private boolean silent;
  private int resends;

  SchedulerLink(
      Machine machine,
      ActorRef<SchedulerProtocol.Command> scheduler,
      ActorRef<NodeProtocol.Command> self,
      TimerScheduler<NodeProtocol.Command> timers) {
    this.info = machine.settings().info();
    this.scheduler = scheduler;
    this.self = self;
    this.timers = timers;
    this.outbox = new ReportOutbox(machine::nextReportNumber);
  }

  /** Registers from now on, until {@link #assigned}. */
  void register() {
    registerAfter(Duration.ZERO);
  }

  /**
   * The same once the adopted pods said how they are, so that none of them seems to be starting.
   */
  void registerWhenSettled() {
    settling = true;
    registerAfter(NodeLimits.ADOPTION_SETTLES_WITHIN);
  }

  /** An assignment has come: the scheduler knows this node. */
  void assigned() {
    registering = false;
    settling = false;
    timers.cancel(Timer.REGISTER);
    flushSoon();
  }

  /**
   * A scheduler took over. The one before may have taken the report under way along; and that this
   * run of the node is still here tells the new one that another's absence is no restart.
   */
  void greet() {
    sendRegistration();
    outbox.underWay().ifPresent(this::send);
  }

  /** An order came from a scheduler that does not know of this epoch. */
  void sawEpoch(long epoch) {
    scheduler.tell(new SchedulerProtocol.SawEpoch(epoch));
  }

  void resync() {
    scheduler.tell(new ResyncNode(info.name(), info.incarnation(), self));
  }

  /**
   * @param supervised uids of all pods that have an actor
   */
  void changed(PodReport report, Collection<String> supervised) {
    if (report.gone()) {
      latest.remove(report.uid());
    } else {
      latest.put(report.uid(), report);
    }
    outbox.add(report);
    flushSoon();
    if (settling && latest.keySet().containsAll(Set.copyOf(supervised))) {
      settling = false;
      registerAfter(Duration.ZERO);
    }
  }

  /** Once is enough: a pod's end that is still to be told is not added again. */
  void gone(PodReport report) {
    if (!outbox.reportsGone(report.uid())) {
      outbox.add(report);
      flushSoon();
    }
  }

  /** Nothing is left of a volume that was to be removed. */
  void volumeRemoved(String volume) {
    outbox.addRemoved(volume);
    flushSoon();
  }

  void accepted(long number) {
    if (outbox.accepted(number)) {
      resends = 0;
      timers.cancel(Timer.RESEND);
      flushSoon();
    }
  }

  /** Nothing is said any more: what happens now is the end of this node, not news of its pods. */
  void fallSilent() {
    silent = true;
    for (Timer timer : Timer.values()) {
      timers.cancel(timer);
    }
  }

  void onTimer(Timer timer) {
    if (silent) {
      return;
    }
    switch (timer) {
      case REGISTER -> {
        if (registering) {
          sendRegistration();
          timers.startSingleTimer(Timer.REGISTER, NodeLimits.REGISTER_EVERY);
        }
      }
      case FLUSH -> {
        // Before the scheduler knows this incarnation it would only refuse.
        if (!registering) {
          outbox.flush().ifPresent(this::send);
        }
      }
      case RESEND -> resend();
    }
  }

  private void resend() {
    if (outbox.underWay().isPresent()) {
      resends++;
      if (resends % NodeLimits.RESENDS_UNTIL_REGISTER == 0) {
        register();
      }
      send(outbox.underWay().get());
    }
  }

  private void registerAfter(Duration delay) {
    if (!silent) {
      registering = true;
      timers.startSingleTimer(Timer.REGISTER, delay);
    }
  }

  private void flushSoon() {
    if (!silent && outbox.hasNews() && !timers.isTimerActive(Timer.FLUSH)) {
      timers.startSingleTimer(Timer.FLUSH, NodeLimits.REPORT_FLUSH);
    }
  }

  private void sendRegistration() {
    scheduler.tell(new RegisterNode(info, List.copyOf(latest.values()), outbox.nextNumber(), self));
  }

  private void send(ReportOutbox.Batch batch) {
    scheduler.tell(
        new ReportPods(
            info.name(),
            info.incarnation(),
            batch.number(),
            batch.pods(),
            self,
            batch.removedVolumes()));
    timers.startSingleTimer(Timer.RESEND, NodeLimits.REPORT_RESEND);
  }
}
