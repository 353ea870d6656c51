package io.hawser.scheduler.core;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ImageFacts;
import io.hawser.model.Node;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodStatus.ContainerStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Images that a node found to be for other architectures than its own. The first pod that meets one
 * is taken back; no later one is placed on such a node, until what is known is forgotten.
 */
final class ForeignImages {
  private static final String KIND = ImageFacts.class.getSimpleName();

  private ForeignImages() {}

  static boolean isAbout(SchedulerEvent event) {
    return event instanceof SchedulerEvent.ObjectDeleted e && e.key().kind().equals(KIND);
  }

  /** A pod that nobody owns stays: there is no other one to be made in its place. */
  static void reported(Draft draft, ObjectName name, String nodeName) {
    Optional<Pod> pod = draft.state().pod(name).filter(p -> p.isActive() && !p.isDeleting());
    Optional<Node> node = draft.state().node(nodeName);
    if (pod.isEmpty() || node.isEmpty()) {
      return;
    }
    String own = node.get().info().architecture();
    boolean foreign = false;
    for (ContainerStatus container : all(pod.get())) {
      Set<String> others = container.imageArchitectures();
      if (!others.isEmpty() && !others.contains(own)) {
        foreign = true;
        learn(draft, container.image(), others);
      }
    }
    if (foreign && pod.get().owner().isPresent()) {
      draft.remove(pod.get(), 0, "its image is not for " + own);
    }
  }

  private static List<ContainerStatus> all(Pod pod) {
    // Most reports have nothing of the kind; no list is made for them.
    return pod.status().initContainers().isEmpty()
        ? pod.status().containers()
        : java.util.stream.Stream.concat(
                pod.status().initContainers().stream(), pod.status().containers().stream())
            .toList();
  }

  private static void learn(Draft draft, String image, Set<String> architectures) {
    Optional<ImageFacts> known =
        draft.state().objects().find(ImageFacts.class, new ObjectName("", image));
    if (known.isPresent()) {
      if (!known.get().architectures().equals(architectures)) {
        ImageFacts changed = new ImageFacts(known.get().meta(), architectures);
        draft.emit(new SchedulerEvent.ObjectChanged(changed, draft.now()));
      }
      return;
    }
    if (draft.state().objects().all(ImageFacts.class).size() >= Limits.MAX_IMAGE_FACTS) {
      draft.state().objects().all(ImageFacts.class).stream()
          .min(Comparator.comparing(i -> i.meta().createdAt()))
          .ifPresent(oldest -> forget(draft, oldest));
    }
    ObjectMeta meta =
        new ObjectMeta("", image, draft.identities().uid(), 1, 0, draft.now(), Map.of(), Map.of());
    draft.emit(new SchedulerEvent.ObjectCreated(new ImageFacts(meta, architectures), draft.now()));
  }

  /** Time passes: under the same name there may be another image now. */
  static void expire(Draft draft) {
    for (ImageFacts facts : List.copyOf(draft.state().objects().all(ImageFacts.class))) {
      if (!facts.meta().createdAt().plus(Limits.IMAGE_FACTS_KEPT).isAfter(draft.now())) {
        forget(draft, facts);
      }
    }
  }

  private static void forget(Draft draft, ImageFacts facts) {
    draft.emit(
        new SchedulerEvent.ObjectDeleted(
            new ObjectKey(KIND, "", facts.meta().name()), draft.now()));
  }
}
