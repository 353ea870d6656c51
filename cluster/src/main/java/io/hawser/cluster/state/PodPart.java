package io.hawser.cluster.state;

import io.hawser.cluster.state.PodBlock.Kind;
import io.hawser.cluster.state.PodBlock.Row;
import io.hawser.model.Pod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** Some of a stored state's pods, in the form that it was read in. */
sealed interface PodPart permits PodBlock, PodPack {
  List<Kind> kinds();

  /**
   * In their order. A pack makes each when it is asked for: a million of them beside their pods
   * were half a second of a recovery.
   */
  Iterable<Row> all();

  /** A snapshot with its pods. Alike ones share what is alike, also those of two parts. */
  static ClusterSnapshot whole(ClusterSnapshot rest, List<? extends PodPart> parts) {
    Map<Kind, Kind> known = new HashMap<>();
    List<List<Kind>> kinds = parts.stream().map(part -> sharing(part.kinds(), known)).toList();
    Map<String, Optional<String>> nodes = new ConcurrentHashMap<>();
    return rest.withPods(
        IntStream.range(0, parts.size())
            .parallel()
            .mapToObj(part -> pods(parts.get(part), kinds.get(part), nodes))
            .flatMap(List::stream)
            .toList());
  }

  /**
   * With those kinds that other parts have, too. Pods without an owner have each their own.
   *
   * @param known of other parts; those of this one are added
   */
  private static List<Kind> sharing(List<Kind> kinds, Map<Kind, Kind> known) {
    List<Kind> same = new ArrayList<>(kinds.size());
    for (Kind kind : kinds) {
      Kind before = kind.owner().isPresent() ? known.putIfAbsent(kind, kind) : null;
      same.add(before == null ? kind : before);
    }
    return same;
  }

  /**
   * @param nodes names that other parts have, too; those of this one are added. Thread-safe
   */
  private static List<Pod> pods(
      PodPart part, List<Kind> kinds, Map<String, Optional<String>> nodes) {
    List<Pod> pods = new ArrayList<>();
    for (Row row : part.all()) {
      Optional<String> node =
          row.nodeName()
              .map(name -> nodes.computeIfAbsent(name, Optional::of))
              .orElse(row.nodeName());
      pods.add(row.pod(kinds.get(row.kind()), node));
    }
    return pods;
  }
}
