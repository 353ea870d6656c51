package io.hawser.cluster.state;

import com.fasterxml.jackson.annotation.JsonFormat;
import io.hawser.cluster.ClusterMessage;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.PodStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Some of a state's pods as they are stored: what the pods of one owner and template have in common
 * stands once, the rest of a pod is a row without its fields' names.
 */
public record PodBlock(List<Kind> kinds, List<Row> rows) implements ClusterMessage, PodPart {

  /** What alike pods have in common. */
  public record Kind(
      String namespace,
      PodSpec spec,
      Optional<Pod.Owner> owner,
      Map<String, String> labels,
      Map<String, String> annotations) {

    /** Immutable ones, which its pods can hold as they are. */
    public Kind {
      labels = Map.copyOf(labels);
      annotations = Map.copyOf(annotations);
    }

    private static Kind of(Pod pod) {
      ObjectMeta meta = pod.meta();
      return new Kind(meta.namespace(), pod.spec(), pod.owner(), meta.labels(), meta.annotations());
    }
  }

  /**
   * What a pod has of its own. Written by position: a new field goes to the end, none ever leaves.
   *
   * @param kind its place among the kinds
   */
  @JsonFormat(shape = JsonFormat.Shape.ARRAY)
  public record Row(
      int kind,
      String name,
      String uid,
      long generation,
      long resourceVersion,
      Instant createdAt,
      Optional<String> nodeName,
      Optional<Instant> placedAt,
      Optional<Pod.Deletion> deletion,
      Optional<String> unschedulable,
      PodStatus status,
      Optional<Pod.Move> move,
      Optional<Pod.PendingResize> resize) {

    /** Rows of earlier versions end before it. */
    public Row {
      resize = resize == null ? Optional.empty() : resize;
    }

    private static Row of(int kind, Pod pod) {
      ObjectMeta meta = pod.meta();
      return new Row(
          kind,
          meta.name(),
          meta.uid(),
          meta.generation(),
          meta.resourceVersion(),
          meta.createdAt(),
          pod.nodeName(),
          pod.placedAt(),
          pod.deletion(),
          pod.unschedulable(),
          pod.status(),
          pod.move(),
          pod.resize());
    }

    Pod pod(Kind common, Optional<String> node) {
      return new Pod(
          new ObjectMeta(
              common.namespace(),
              name,
              uid,
              generation,
              resourceVersion,
              createdAt,
              common.labels(),
              common.annotations()),
          common.spec(),
          common.owner(),
          node,
          placedAt,
          deletion,
          unschedulable,
          status,
          move,
          resize);
    }
  }

  /**
   * What two pods share in memory. By identity: states share specs as far as they can, and
   * comparing them all would take long.
   */
  private record Shared(Pod pod) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Shared shared
          && pod.spec() == shared.pod.spec()
          && pod.meta().namespace().equals(shared.pod.meta().namespace())
          && pod.owner() == shared.pod.owner()
          && pod.meta().labels() == shared.pod.meta().labels()
          && pod.meta().annotations() == shared.pod.meta().annotations();
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(pod.spec());
    }
  }

  static PodBlock of(List<Pod> pods) {
    Map<Shared, Integer> places = new HashMap<>();
    List<Kind> kinds = new ArrayList<>();
    List<Row> rows = new ArrayList<>(pods.size());
    for (Pod pod : pods) {
      Integer place = places.putIfAbsent(new Shared(pod), kinds.size());
      if (place == null) {
        place = kinds.size();
        kinds.add(Kind.of(pod));
      }
      rows.add(Row.of(place, pod));
    }
    return new PodBlock(kinds, rows);
  }

  @Override
  public Iterable<Row> all() {
    return rows;
  }
}
