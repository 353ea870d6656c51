package io.hawser.scheduler.core;

import io.hawser.cluster.spi.WorkloadKind;
import io.hawser.cluster.spi.WorkloadKind.Step;
import io.hawser.cluster.spi.WorkloadKind.WantedPod;
import io.hawser.model.CustomObject;
import io.hawser.model.CustomObject.Status;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodTemplate;
import io.hawser.model.TextSize;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The next step of an object whose kind a jar brought. What the jar's code wants is compared with
 * what there is, once in a decision: code that never wants the same twice costs a change a second,
 * not a decision without end. A failure of it stays with its object.
 */
final class CustomRun {
  private static final int MAX_PROBLEM_CHARS = 200;
  private static final int MAX_NAME_CHARS = 63;

  private final Draft draft;
  private final CustomObject object;
  private final Map<String, WantedPod> wanted = new HashMap<>();
  private final Map<String, String> hashes = new HashMap<>();

  /** Most pods of an object share one template, and working out its hash is dear. */
  private final Map<PodTemplate, String> known = new IdentityHashMap<>();

  private CustomRun(Draft draft, CustomObject object) {
    this.draft = draft;
    this.object = object;
  }

  /** Nothing at all where the jar is missing: its objects and pods stay as they are. */
  static void advance(Draft draft, CustomObject object) {
    draft
        .memory()
        .workload(object.type())
        .ifPresent(kind -> new CustomRun(draft, object).follow(kind));
  }

  private void follow(WorkloadKind kind) {
    Step step;
    Status status;
    try {
      step = kind.next(object, OwnedBy.pods(draft, object), draft.now());
      step.pods().forEach(this::accept);
      status = status(step.status(), Optional.empty(), step.waitsForTime());
    } catch (RuntimeException | LinkageError e) {
      // Its own exception, or a step that makes no sense.
      tell(status(object.status().fields(), Optional.of(problem(e)), true));
      return;
    }
    boolean done = isAsWanted();
    if (!done && draft.carriesOut(object.key())) {
      Optional<String> problem = carryOut();
      tell(status(status.fields(), problem, true));
    } else {
      tell(done ? status : status(status.fields(), object.status().problem(), true));
    }
  }

  private void accept(WantedPod pod) {
    String name = pod.name();
    boolean valid =
        name.startsWith(object.meta().name() + "-")
            && name.length() <= MAX_NAME_CHARS
            && name.matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    if (!valid) {
      throw new IllegalArgumentException(
          "a pod's name is at most 63 of a-z, 0-9 and '-', after \"%s-\": %s"
              .formatted(object.meta().name(), name));
    }
    boolean isNew = !known.containsKey(pod.template());
    if (isNew && TextSize.of(pod.template()) > Limits.MAX_TEMPLATE_CHARS) {
      throw new IllegalArgumentException("the template of " + name + " is too large");
    }
    if (wanted.put(name, pod) != null || wanted.size() > WorkloadKind.MAX_PODS) {
      throw new IllegalArgumentException("twice, or one of too many pods: " + name);
    }
    String hash = known.computeIfAbsent(pod.template(), t -> TemplateHash.of(t, 0));
    hashes.put(name, hash);
  }

  private boolean isAsWanted() {
    Set<String> missing = new HashSet<>(wanted.keySet());
    for (Pod pod : OwnedBy.pods(draft, object)) {
      missing.remove(pod.meta().name());
      if (pod.isDeleting() == fits(pod)) {
        return false;
      }
    }
    return missing.isEmpty();
  }

  private boolean fits(Pod pod) {
    return pod.owner().orElseThrow().templateHash().equals(hashes.get(pod.meta().name()));
  }

  /** The reason why some pod can't be made. */
  private Optional<String> carryOut() {
    for (Pod pod : OwnedBy.pods(draft, object)) {
      if (!pod.isDeleting() && !fits(pod) && draft.grantDeletions(1, object.key()) == 1) {
        OwnedBy.delete(draft, pod, "no longer wanted by its " + object.type());
      }
    }
    Optional<String> problem = Optional.empty();
    for (WantedPod pod : wanted.values().stream().sorted(BY_NAME).toList()) {
      ObjectName name = new ObjectName(object.meta().namespace(), pod.name());
      Optional<Pod> there = draft.state().pod(name);
      if (there.isEmpty() && draft.grantCreations(1, object.key(), pod.template()) == 1) {
        create(name, pod);
      } else if (there.isPresent() && !isOwn(there.get())) {
        problem = Optional.of("pod " + pod.name() + " is somebody else's");
      }
    }
    return problem.or(() -> draft.refusal(object.key()));
  }

  private static final java.util.Comparator<WantedPod> BY_NAME =
      java.util.Comparator.comparing(WantedPod::name);

  private boolean isOwn(Pod pod) {
    return pod.owner().filter(o -> o.uid().equals(object.meta().uid())).isPresent();
  }

  private void create(ObjectName name, WantedPod pod) {
    OwnedBy.create(
        draft,
        object,
        hashes.get(pod.name()),
        name,
        pod.template().labels(),
        pod.template().annotations(),
        pod.template().spec());
  }

  private Status status(Map<String, Object> fields, Optional<String> problem, boolean waits) {
    List<Pod> pods = OwnedBy.pods(draft, object);
    int there = (int) pods.stream().filter(p -> p.isActive() && !p.isDeleting()).count();
    return new Status(object.meta().generation(), there, fields, problem, waits);
  }

  private void tell(Status status) {
    OwnedBy.tell(draft, object, status);
  }

  private static String problem(Throwable failure) {
    String text = String.valueOf(failure);
    return text.substring(0, Math.min(text.length(), MAX_PROBLEM_CHARS));
  }
}
