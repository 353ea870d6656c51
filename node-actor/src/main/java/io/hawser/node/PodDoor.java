package io.hawser.node;

import io.hawser.model.ObjectName;
import io.hawser.model.PodContainer;
import io.hawser.model.Refusal;
import io.hawser.model.Refusal.Reason;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the container that a user means, or says as kubelet would why there is none. */
final class PodDoor {
  /** Exactly one is present. */
  record Found(Optional<Target> target, Optional<Refusal> refusal) {}

  record Target(PodWork work, PodContainer container) {}

  private PodDoor() {}

  static Found find(Machine machine, ObjectName pod, Optional<String> container) {
    Optional<PodWork> work = machine.find(pod);
    if (work.isEmpty()) {
      return refused(
          Reason.NOT_FOUND, "pod " + pod + " is not on node " + machine.settings().info().name());
    }
    List<PodContainer> main = work.get().assigned().spec().containers();
    String wanted = container.filter(c -> !c.isEmpty()).orElse("");
    if (wanted.isEmpty() && main.size() == 1) {
      wanted = main.get(0).name();
    }
    if (wanted.isEmpty()) {
      return refused(
          Reason.BAD_REQUEST,
          "a container name must be specified for pod "
              + pod.name()
              + ", choose one of: "
              + names(work.get()));
    }
    String name = wanted;
    return all(work.get())
        .filter(c -> c.name().equals(name))
        .findFirst()
        .map(c -> new Found(Optional.of(new Target(work.get(), c)), Optional.empty()))
        .orElseGet(
            () ->
                refused(
                    Reason.BAD_REQUEST,
                    "container "
                        + name
                        + " is not valid for pod "
                        + pod.name()
                        + ", choose one of: "
                        + names(work.get())));
  }

  /** The same, of a container that runs now. */
  static Found findRunning(Machine machine, ObjectName pod, Optional<String> container) {
    Found found = find(machine, pod, container);
    if (found.target().isEmpty()) {
      return found;
    }
    Target target = found.target().get();
    String name = target.container().name();
    return target.work().held(name).filter(h -> !h.hasEnded()).isPresent()
        ? found
        : refused(
            Reason.BAD_REQUEST, "container " + name + " of pod " + pod.name() + " is not running");
  }

  private static List<String> names(PodWork work) {
    return all(work).map(PodContainer::name).toList();
  }

  private static Stream<PodContainer> all(PodWork work) {
    return Stream.concat(
        work.assigned().spec().initContainers().stream(),
        work.assigned().spec().containers().stream());
  }

  private static Found refused(Reason reason, String message) {
    return new Found(Optional.empty(), Optional.of(Refusal.of(reason, message)));
  }
}
