package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.ObjectMeta;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.RuntimeClass;
import io.hawser.runtime.ContainerSpec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodLimitsTest {
  private static final RuntimeClass SANDBOXED =
      new RuntimeClass(
          new ObjectMeta("", "sandboxed", "", 0, 0, Instant.EPOCH, Map.of(), Map.of()),
          "runsc",
          amounts(250, 100),
          Map.of(),
          List.of());

  private static ResourceAmounts amounts(long cpuMillis, long memoryBytes) {
    return new ResourceAmounts(cpuMillis, memoryBytes, 0, Map.of());
  }

  private static PodSpec pod(ResourceAmounts... limits) {
    PodSpec one = Pods.pod("p").spec();
    List<PodContainer> containers =
        List.of(limits).stream()
            .map(l -> one.containers().get(0).withResources(amounts(10, 0), l))
            .toList();
    return one.withContainers(containers);
  }

  @Test
  void aPodWithoutOverheadHasNone() {
    assertThat(PodLimits.of(pod(amounts(500, 1000)))).isEmpty();
  }

  @Test
  void itsContainersLimitsAndTheOverheadAreThePods() {
    assertThat(PodLimits.of(pod(amounts(500, 1000), amounts(200, 30)).in(SANDBOXED)))
        .contains(new ContainerSpec.Limits(270, 950, 1130, 0));
  }

  @Test
  void whatOneContainerDoesNotLimitIsNotLimited() {
    assertThat(PodLimits.of(pod(amounts(500, 1000), amounts(0, 30)).in(SANDBOXED)))
        .contains(new ContainerSpec.Limits(270, 0, 1130, 0));
  }
}
