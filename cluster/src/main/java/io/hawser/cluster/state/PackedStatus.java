package io.hawser.cluster.state;

import io.hawser.model.PodPhase;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.PodStatus.StateKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A pod's status field by field, as part of a form that has a version: {@link PodRows} and {@link
 * PackedEvent}. A change here is a new version of both.
 */
final class PackedStatus {
  private PackedStatus() {}

  /** What hardly any status has is not written here. */
  static boolean isPlain(PodStatus status) {
    return status.initContainers().stream().allMatch(PackedStatus::isPlain)
        && status.containers().stream().allMatch(PackedStatus::isPlain);
  }

  private static boolean isPlain(ContainerStatus status) {
    return status.resized().isEmpty() && status.imageArchitectures().isEmpty();
  }

  /**
   * @param status which {@link #isPlain}
   */
  static void write(PackedOutput out, PodStatus status) {
    out.word(status.phase().name());
    out.flags(
        status.readySince().isPresent(),
        status.podIp().isPresent(),
        status.startedAt().isPresent(),
        status.reason().isPresent(),
        status.message().isPresent());
    out.instantIfThere(status.readySince());
    status.podIp().ifPresent(out::text);
    out.instantIfThere(status.startedAt());
    containers(out, status.initContainers());
    containers(out, status.containers());
    out.wordIfThere(status.reason());
    out.wordIfThere(status.message());
  }

  private static void containers(PackedOutput out, List<ContainerStatus> containers) {
    out.number(containers.size());
    for (ContainerStatus container : containers) {
      out.flags(container.started(), container.ready(), container.lastState().isPresent());
      out.word(container.name());
      out.word(container.image());
      out.word(container.imageId());
      out.text(container.containerId());
      out.number(container.restartCount());
      state(out, container.state());
      container.lastState().ifPresent(last -> state(out, last));
    }
  }

  private static void state(PackedOutput out, ContainerState state) {
    out.word(state.kind().name());
    out.flags(
        state.startedAt().isPresent(),
        state.finishedAt().isPresent(),
        state.exitCode().isPresent(),
        state.reason().isPresent(),
        state.message().isPresent());
    out.instantIfThere(state.startedAt());
    out.instantIfThere(state.finishedAt());
    state.exitCode().ifPresent(out::signed);
    out.wordIfThere(state.reason());
    out.wordIfThere(state.message());
  }

  /** The next one. */
  static PodStatus read(PackedInput in) {
    PodPhase phase = PodPhase.valueOf(in.word());
    int there = in.flags();
    return new PodStatus(
        phase,
        in.instantIf(PackedInput.is(there, 0)),
        PackedInput.is(there, 1) ? Optional.of(in.text()) : Optional.empty(),
        in.instantIf(PackedInput.is(there, 2)),
        containers(in),
        containers(in),
        in.wordIf(PackedInput.is(there, 3)),
        in.wordIf(PackedInput.is(there, 4)));
  }

  private static List<ContainerStatus> containers(PackedInput in) {
    int count = in.count();
    if (count <= 1) {
      // Nearly all have one and no other: a list to be copied would be half of what is made here.
      return count == 0 ? List.of() : List.of(container(in));
    }
    List<ContainerStatus> containers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      containers.add(container(in));
    }
    return List.copyOf(containers);
  }

  private static ContainerStatus container(PackedInput in) {
    int is = in.flags();
    String name = in.word();
    String image = in.word();
    String imageId = in.word();
    String containerId = in.text();
    int restartCount = in.count();
    return new ContainerStatus(
        name,
        image,
        imageId,
        containerId,
        state(in),
        PackedInput.is(is, 2) ? Optional.of(state(in)) : Optional.empty(),
        PackedInput.is(is, 0),
        PackedInput.is(is, 1),
        restartCount,
        Optional.empty(),
        Set.of());
  }

  private static ContainerState state(PackedInput in) {
    StateKind kind = StateKind.valueOf(in.word());
    int there = in.flags();
    return new ContainerState(
        kind,
        in.instantIf(PackedInput.is(there, 0)),
        in.instantIf(PackedInput.is(there, 1)),
        PackedInput.is(there, 2) ? Optional.of((int) in.signed()) : Optional.empty(),
        in.wordIf(PackedInput.is(there, 3)),
        in.wordIf(PackedInput.is(there, 4)));
  }
}
