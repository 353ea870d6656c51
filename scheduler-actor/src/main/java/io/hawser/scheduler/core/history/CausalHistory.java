package io.hawser.scheduler.core.history;

import io.hawser.cluster.protocol.ControllerProtocol.WhyLink;
import io.hawser.cluster.state.EventSubject;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Tells from the journal's events, added in their order, why a pod, node or deployment is as it is:
 * from the request or the fault to its present state. What one decision wrote belongs together, and
 * begins with what caused it; a request is known by the note that ends its decision.
 */
public final class CausalHistory {
  /** Most links told; of more the first and the last ones. */
  public static final int MAX_LINKS = 200;

  private static final int FIRST_LINKS = 50;

  /** Most links kept of one deployment. */
  private static final int MAX_OF_DEPLOYMENT = 60;

  /** Most deployments of the subject's namespace that are followed. */
  private static final int MAX_DEPLOYMENTS = 2_000;

  private final Subject subject;
  private final List<WhyLink> links = new ArrayList<>();
  private final Map<ObjectName, List<WhyLink>> deployments = new HashMap<>();
  private final Known known = new Known();
  private Decided batch = new Decided();
  private Optional<ObjectName> owner = Optional.empty();
  private List<String> claims = List.of();
  private PodSteps steps;

  public CausalHistory(Subject subject) {
    this.subject = subject;
    this.steps = new PodSteps(subject.objectName());
    this.owner = subject.deployment().map(d -> new ObjectName(subject.namespace(), d));
  }

  /**
   * @param number the event's, in the journal
   */
  public void add(long number, SchedulerEvent event) {
    if (!batch.takes(event)) {
      close();
    }
    batch.add(number, event);
    if (event instanceof SchedulerEvent.RequestDone) {
      close();
    }
  }

  private void close() {
    if (!batch.isEmpty()) {
      Optional<WhyLink> cause = batch.cause(known);
      for (Decided.Numbered one : batch.events()) {
        note(one, cause);
        known.follow(one.event());
      }
      affected(cause);
    }
    batch = new Decided();
  }

  private void note(Decided.Numbered one, Optional<WhyLink> cause) {
    SchedulerEvent event = one.event();
    if (event instanceof SchedulerEvent.DeploymentCreated e) {
      ofDeployment(e.deployment().name(), batch.link(one, known.words(event)));
    } else if (event instanceof SchedulerEvent.DeploymentChanged e) {
      canary(one, e.name()).ifPresent(link -> ofDeployment(e.name(), link));
      ofDeployment(e.name(), batch.link(one, known.words(event)));
    } else if (event instanceof SchedulerEvent.DeploymentDeleted e) {
      ofDeployment(e.name(), batch.link(one, known.words(event)));
    } else if (event instanceof SchedulerEvent.DeploymentStatusChanged e) {
      known.progress(e).ifPresent(text -> ofDeployment(e.name(), batch.link(one, text)));
    } else if (subject.isNode() && names(event)) {
      links.add(batch.link(one, known.words(event)));
    } else if (subject.isPod() && EventSubject.pod(event).filter(subject::is).isPresent()) {
      pod(one, cause);
    }
  }

  /** The pod of a deployment that failed, so that the same decision changed the deployment. */
  private Optional<WhyLink> canary(Decided.Numbered change, ObjectName deployment) {
    return batch.events().stream()
        .filter(one -> one.number() < change.number())
        .filter(
            one ->
                one.event() instanceof SchedulerEvent.PodStatusChanged e
                    && Known.isFault(e.status())
                    && Known.isOf(deployment, e.name()))
        .reduce((first, last) -> last)
        .map(one -> batch.link(one, known.words(one.event())));
  }

  private boolean names(SchedulerEvent event) {
    return EventSubject.node(event).filter(subject.name()::equals).isPresent();
  }

  private void ofDeployment(ObjectName name, WhyLink link) {
    if (!name.namespace().equals(subject.namespace())) {
      return;
    }
    List<WhyLink> of = deployments.get(name);
    if (of == null && deployments.size() < MAX_DEPLOYMENTS) {
      of = new ArrayList<>();
      deployments.put(name, of);
    }
    if (of != null) {
      of.add(link);
      if (of.size() > MAX_OF_DEPLOYMENT) {
        of.remove(1); // the first one says where it came from
      }
    }
  }

  private void pod(Decided.Numbered one, Optional<WhyLink> cause) {
    if (one.event() instanceof SchedulerEvent.PodCreated e) {
      // A name that was in use before: only its last bearer is meant.
      links.clear();
      steps = new PodSteps(subject.objectName());
      owner = e.pod().deployment();
      claims = e.pod().spec().claimNames();
      because(cause, one);
      links.add(batch.link(one, created(e.pod())));
      return;
    }
    Optional<String> text = steps.next(one.event());
    if (text.isPresent()) {
      if (one.event() instanceof SchedulerEvent.PodDeletionRequested
          || one.event() instanceof SchedulerEvent.PodMoveRequested
          || one.event() instanceof SchedulerEvent.PodRemoved) {
        because(cause, one);
      }
      links.add(batch.link(one, text.get() + volumes(one)));
    }
  }

  /** Why there, where the pod's volumes say so. */
  private String volumes(Decided.Numbered one) {
    if (claims.isEmpty() || !(one.event() instanceof SchedulerEvent.PodPlaced)) {
      return "";
    }
    List<String> bound = batch.boundBy(one);
    List<String> before = claims.stream().filter(claim -> !bound.contains(claim)).toList();
    return of(before, ", where the volume of %s is")
        + of(bound, ", which %s is bound to from now on");
  }

  private static String of(List<String> names, String text) {
    return names.isEmpty() ? "" : text.formatted("claim " + String.join(" and ", names));
  }

  /** The cause comes first, unless it is the event itself or told of the deployment anyway. */
  private void because(Optional<WhyLink> cause, Decided.Numbered one) {
    cause
        .filter(c -> c.event() != one.number())
        .filter(c -> links.stream().noneMatch(l -> l.event() == c.event()))
        .ifPresent(links::add);
  }

  private String created(Pod pod) {
    String by = pod.owner().map(o -> " for " + o.shownKind() + " " + o.name()).orElse("");
    String instead = batch.replaced(pod).map(r -> ", in place of " + r).orElse("");
    return "pod %s created%s%s".formatted(pod.meta().name(), by, instead);
  }

  /** What a fault or a request about something else did to the subject. */
  private void affected(Optional<WhyLink> cause) {
    if (cause.isEmpty() || subject.isPod()) {
      return;
    }
    int made = 0;
    int ended = 0;
    for (Decided.Numbered one : batch.events()) {
      boolean mine =
          EventSubject.pod(one.event()).filter(pod -> belongs(pod, one.event())).isPresent();
      made += mine && one.event() instanceof SchedulerEvent.PodCreated ? 1 : 0;
      boolean ends =
          one.event() instanceof SchedulerEvent.PodRemoved
              || one.event() instanceof SchedulerEvent.PodDeletionRequested;
      ended += mine && ends ? 1 : 0;
    }
    if (made + ended > 0) {
      consequence(cause.get(), "%d of its pods ended, %d made".formatted(ended, made));
    }
  }

  /** Only of causes told already, of faults and of requests: a rollout's steps are too many. */
  private void consequence(WhyLink cause, String sums) {
    List<WhyLink> of =
        subject.isNode() ? links : deployments.getOrDefault(subject.objectName(), List.of());
    boolean told = of.stream().anyMatch(l -> l.event() == cause.event());
    boolean worthTelling =
        cause.because().equals(Decided.FAULT) || cause.because().equals(Decided.REQUEST);
    if (told || worthTelling) {
      String text = told ? "then " + sums : cause.text() + ": " + sums;
      String because = told ? Decided.FOLLOWS : cause.because();
      WhyLink link = new WhyLink(cause.event(), cause.at(), because, cause.request(), text);
      if (subject.isNode()) {
        links.add(link);
      } else {
        ofDeployment(subject.objectName(), link);
      }
    }
  }

  private boolean belongs(ObjectName pod, SchedulerEvent event) {
    return subject.isNode()
        ? known.wasOn(subject.name(), pod, event)
        : Known.isOf(subject.objectName(), pod);
  }

  /** The chain, oldest first. */
  public List<WhyLink> links() {
    close();
    Stream<WhyLink> chain = links.stream();
    if (subject.isPod()) {
      long born = links.isEmpty() ? 0 : links.get(0).event();
      List<WhyLink> told = List.copyOf(links);
      chain =
          Stream.concat(
              owner.map(o -> deployments.getOrDefault(o, List.of())).orElse(List.of()).stream()
                  .filter(l -> l.event() <= born && !l.because().equals(Decided.STATE))
                  .filter(l -> told.stream().noneMatch(t -> t.event() == l.event())),
              chain);
    } else if (!subject.isNode()) {
      chain = deployments.getOrDefault(subject.objectName(), List.of()).stream();
    }
    List<WhyLink> all = chain.sorted(Comparator.comparingLong(WhyLink::event)).toList();
    if (all.size() <= MAX_LINKS) {
      return all;
    }
    return Stream.concat(
            all.subList(0, FIRST_LINKS).stream(),
            all.subList(all.size() - MAX_LINKS + FIRST_LINKS, all.size()).stream())
        .toList();
  }
}
