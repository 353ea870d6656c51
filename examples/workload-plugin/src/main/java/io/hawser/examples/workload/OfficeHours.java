package io.hawser.examples.workload;

import io.hawser.cluster.spi.WorkloadKind;
import io.hawser.model.CustomObject;
import io.hawser.model.Pod;
import io.hawser.model.PodTemplate;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * So many pods of one template from one hour of the day to another (UTC), and none at night. One
 * that has ended is made again under the next number.
 */
public final class OfficeHours implements WorkloadKind {
  @Override
  public Names names() {
    return new Names("examples.hawser.io", "v1", "OfficeHours", "officehours", List.of("oh"));
  }

  @Override
  public Optional<String> refusal(CustomObject object) {
    if (object.template().isEmpty()) {
      return Optional.of("spec.template: expected the pods' metadata and spec");
    } else if (number(object, "replicas") < 1 || number(object, "replicas") > 100) {
      return Optional.of("spec.replicas: expected a whole number from 1 to 100");
    } else if (number(object, "from") < 0 || number(object, "to") > 24) {
      return Optional.of("spec.from, spec.to: expected hours from 0 to 24");
    }
    return Optional.empty();
  }

  private static long number(CustomObject object, String field) {
    return object.fields().get(field) instanceof Long number ? number : -1;
  }

  @Override
  public Step next(CustomObject object, List<Pod> pods, Instant now) {
    int hour = now.atOffset(ZoneOffset.UTC).getHour();
    boolean open = number(object, "from") <= hour && hour < number(object, "to");
    PodTemplate template = object.template().orElseThrow();
    List<WantedPod> wanted =
        IntStream.range(0, open ? (int) number(object, "replicas") : 0)
            .mapToObj(slot -> new WantedPod(name(object, pods, slot), template))
            .toList();
    // Time alone opens and closes it.
    return new Step(wanted, Map.of("open", open), true);
  }

  /** The newest pod of a slot while it runs, else the one after it. */
  private static String name(CustomObject object, List<Pod> pods, int slot) {
    String prefix = object.meta().name() + "-" + slot + "-";
    int newest = 0;
    boolean ended = false;
    for (Pod pod : pods) {
      if (pod.meta().name().startsWith(prefix)) {
        int number = Integer.parseInt(pod.meta().name().substring(prefix.length()));
        if (number >= newest) {
          newest = number;
          ended = !pod.isActive();
        }
      }
    }
    return prefix + (ended ? newest + 1 : newest);
  }
}
