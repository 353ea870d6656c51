package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodSpec;
import io.hawser.scheduler.core.placement.DropLine;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

class DropLineTest {
  private static final int STEPS = 60;
  private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
  private static final PodSpec SPEC = Samples.podSpec("v1", 100);
  private static final Pod.Move MOVE = new Pod.Move(AT, "", 1, 1, Pod.Urgency.DUE, AT);

  @Property(tries = 100, shrinking = ShrinkingMode.OFF)
  @Label("a line that was kept says what one says that is sorted anew")
  void keptEqualsSortedAnew(@ForAll long seed) {
    Random random = new Random(seed);
    DropLine line = new DropLine();
    Map<ObjectName, Pod> there = new TreeMap<>();
    for (int step = 0; step < STEPS; step++) {
      ObjectName name = Samples.name("p" + random.nextInt(15));
      Pod old = there.remove(name);
      if (old != null) {
        line.remove(old);
      }
      if (old == null || random.nextInt(3) > 0) {
        Pod pod = pod(random, name);
        line.add(pod);
        there.put(name, pod);
      }
      check(line, DropOrder.sorted(List.copyOf(there.values())), random);
    }
  }

  private static void check(DropLine line, List<Pod> sorted, Random random) {
    Instant since = AT.plusSeconds(random.nextInt(5));
    List<Pod> available = sorted.stream().filter(p -> isAvailable(p, since)).toList();
    List<Pod> others = sorted.stream().filter(p -> !isAvailable(p, since)).toList();
    int some = random.nextInt(6);
    assertThat(line.size()).isEqualTo(sorted.size());
    assertThat(line.first(some)).isEqualTo(upTo(some, sorted));
    assertThat(line.available(since)).isEqualTo(available.size());
    assertThat(line.firstAvailable(since, some)).isEqualTo(upTo(some, available));
    assertThat(line.firstUnavailable(since, some)).isEqualTo(upTo(some, others));
    assertThat(line.nowhere())
        .isEqualTo(sorted.stream().filter(p -> p.unschedulable().isPresent()).count());
  }

  private static boolean isAvailable(Pod pod, Instant since) {
    return pod.status().readySince().filter(r -> !r.isAfter(since)).isPresent();
  }

  private static List<Pod> upTo(int count, List<Pod> pods) {
    return pods.subList(0, Math.min(count, pods.size()));
  }

  private static Pod pod(Random random, ObjectName name) {
    Instant created = AT.minusSeconds(random.nextInt(3));
    Pod waiting = Samples.pod(name, Map.of(), SPEC, Optional.empty(), created);
    if (random.nextInt(4) == 0) {
      return random.nextBoolean() ? waiting : waiting.withUnschedulable("no room");
    }
    Pod placed = waiting.placedOn("n" + random.nextInt(3), AT);
    Pod moved = random.nextInt(4) == 0 ? placed.withMove(Optional.of(MOVE)) : placed;
    return moved.withStatus(
        random.nextInt(3) == 0
            ? Samples.status(PodPhase.RUNNING, Optional.empty())
            : Samples.running(AT.plusSeconds(random.nextInt(4))));
  }
}
