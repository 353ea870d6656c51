package io.hawser.gateway;

import io.hawser.cluster.spi.WorkloadKind;
import io.hawser.model.CustomObject;
import io.hawser.model.Pod;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/** A workload kind on the class path, as a jar would bring one: so many pods as it says. */
public final class Flock implements WorkloadKind {
  @Override
  public Names names() {
    return new Names("test.hawser.io", "v1", "Flock", "flocks", List.of("fl"));
  }

  @Override
  public Optional<String> refusal(CustomObject object) {
    return object.fields().get("size") instanceof Long
        ? Optional.empty()
        : Optional.of("spec.size: expected a whole number");
  }

  @Override
  public Step next(CustomObject object, List<Pod> pods, Instant now) {
    long size = (Long) object.fields().get("size");
    List<WantedPod> wanted =
        LongStream.range(0, size)
            .mapToObj(i -> object.meta().name() + "-" + i)
            .map(name -> new WantedPod(name, object.template().orElseThrow()))
            .toList();
    return new Step(wanted, Map.of("wanted", size), false);
  }
}
