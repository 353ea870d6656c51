package io.hawser.scheduler.core.history;

import io.hawser.cluster.protocol.ControllerProtocol.WhyLink;
import io.hawser.cluster.state.EventSubject;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ObjectName;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The events of one decision. They carry one time; the first is what made the others follow. */
final class Decided {
  static final String REQUEST = "request";
  static final String FAULT = "fault";

  /** A node said so. */
  static final String REPORT = "report";

  /** The scheduler decided it, because of the link before or because time has passed. */
  static final String DECISION = "decision";

  static final String FOLLOWS = "consequence";

  /** How far something is. */
  static final String STATE = "state";

  record Numbered(long number, SchedulerEvent event) {}

  private final List<Numbered> events = new ArrayList<>();
  private Optional<String> request = Optional.empty();

  boolean isEmpty() {
    return events.isEmpty();
  }

  List<Numbered> events() {
    return events;
  }

  /** Whether an event can be of this decision. Roots begin a new one even at the same instant. */
  boolean takes(SchedulerEvent event) {
    boolean isRoot =
        event instanceof SchedulerEvent.NodeLost
            || event instanceof SchedulerEvent.NodeRegistered
            || event instanceof SchedulerEvent.SchedulerStarted;
    return isEmpty() || !isRoot && events.get(0).event().at().equals(event.at());
  }

  void add(long number, SchedulerEvent event) {
    if (event instanceof SchedulerEvent.RequestDone done) {
      request = Optional.of(done.requestId());
    } else {
      events.add(new Numbered(number, event));
    }
  }

  /** The first event, as the cause of what follows it; none where nothing but time was. */
  Optional<WhyLink> cause(Known known) {
    Numbered first = events.get(0);
    boolean isCause = !(first.event() instanceof SchedulerEvent.PodCreated) || request.isPresent();
    return isCause ? Optional.of(link(first, known.words(first.event()))) : Optional.empty();
  }

  WhyLink link(Numbered one, String text) {
    return new WhyLink(
        one.number(),
        one.event().at(),
        because(one),
        isRoot(one) ? request : Optional.empty(),
        text);
  }

  private boolean isRoot(Numbered one) {
    return one.number() == events.get(0).number();
  }

  private String because(Numbered one) {
    SchedulerEvent event = one.event();
    if (event instanceof SchedulerEvent.NodeLost) {
      return FAULT;
    } else if (event instanceof SchedulerEvent.DeploymentStatusChanged) {
      return STATE;
    } else if (event instanceof SchedulerEvent.PodStatusChanged e) {
      return Known.isFault(e.status()) ? FAULT : REPORT;
    } else if (event instanceof SchedulerEvent.NodeRegistered) {
      return REPORT;
    } else if (isRoot(one) && event instanceof SchedulerEvent.PodRemoved) {
      return REPORT;
    }
    return isRoot(one) && request.isPresent() ? REQUEST : DECISION;
  }

  /** The claims that were bound because a pod was placed: what is said right before it. */
  List<String> boundBy(Numbered placed) {
    List<String> claims = new ArrayList<>();
    for (Numbered one : events) {
      if (one.event() instanceof SchedulerEvent.ObjectStatusChanged e
          && e.status() instanceof PersistentVolumeClaim.Status status
          && status.deletionRequestedAt().isEmpty()) {
        claims.add(e.key().name());
      } else if (one.number() == placed.number()) {
        return claims;
      } else if (EventSubject.pod(one.event()).isPresent()) {
        claims.clear();
      }
    }
    return claims;
  }

  /**
   * The pod that a new one stands in for: of those of its template that this decision ended, the
   * one at its own place in the order.
   */
  Optional<String> replaced(Pod made) {
    List<String> ended = new ArrayList<>();
    int before = 0;
    for (Numbered one : events) {
      Optional<ObjectName> pod = EventSubject.pod(one.event());
      if (pod.isEmpty() || !Known.areSiblings(pod.get(), made.name())) {
        continue;
      }
      boolean created = one.event() instanceof SchedulerEvent.PodCreated;
      if (created && pod.get().equals(made.name())) {
        break;
      }
      before += created ? 1 : 0;
      if (Known.ends(one.event()) && !ended.contains(pod.get().name())) {
        ended.add(pod.get().name());
      }
    }
    return ended.size() > before ? Optional.of(ended.get(before)) : Optional.empty();
  }
}
