package io.hawser.cluster.state;

import io.hawser.cluster.state.PodBlock.Row;
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
 * The rows of a {@link PodBlock} field by field, without names. What such a row cannot say, {@link
 * #isPlain} sends elsewhere; a field that a record gets one day must be either written here or
 * asked for there. A change of the form needs another version.
 */
final class PodRows {
  private static final byte VERSION = 1;

  /** In place of a row that is not plain; else the place of its kind, from 1 on. */
  private static final int NOT_PLAIN = 0;

  private PodRows() {}

  private static boolean isPlain(Row row) {
    return row.deletion().isEmpty()
        && row.move().isEmpty()
        && row.resize().isEmpty()
        && row.status().initContainers().stream().allMatch(PodRows::isPlain)
        && row.status().containers().stream().allMatch(PodRows::isPlain);
  }

  private static boolean isPlain(ContainerStatus status) {
    return status.resized().isEmpty() && status.imageArchitectures().isEmpty();
  }

  /** Writes rows after each other. */
  static final class Writer {
    private final PackedOutput out = new PackedOutput();
    private long versionBefore;

    Writer() {
      out.number(VERSION);
    }

    byte[] toBytes() {
      return out.toBytes();
    }

    /**
     * @return false: only its place was written
     */
    boolean write(Row row) {
      if (!isPlain(row)) {
        out.number(NOT_PLAIN);
        return false;
      }
      out.number(row.kind() + 1L);
      out.flags(
          row.nodeName().isPresent(), row.placedAt().isPresent(), row.unschedulable().isPresent());
      out.text(row.name());
      out.text(row.uid());
      out.number(row.generation());
      out.signed(row.resourceVersion() - versionBefore);
      versionBefore = row.resourceVersion();
      out.instant(row.createdAt());
      out.wordIfThere(row.nodeName());
      out.instantIfThere(row.placedAt());
      out.wordIfThere(row.unschedulable());
      status(row.status());
      return true;
    }

    private void status(PodStatus status) {
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
      containers(status.initContainers());
      containers(status.containers());
      out.wordIfThere(status.reason());
      out.wordIfThere(status.message());
    }

    private void containers(List<ContainerStatus> containers) {
      out.number(containers.size());
      for (ContainerStatus container : containers) {
        out.flags(container.started(), container.ready(), container.lastState().isPresent());
        out.word(container.name());
        out.word(container.image());
        out.word(container.imageId());
        out.text(container.containerId());
        out.number(container.restartCount());
        state(container.state());
        container.lastState().ifPresent(this::state);
      }
    }

    private void state(ContainerState state) {
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
  }

  /** Reads them again. */
  static final class Reader {
    private final PackedInput in;
    private long versionBefore;

    Reader(byte[] rows) {
      in = new PackedInput(rows);
      long version = in.number();
      if (version != VERSION) {
        throw new IllegalArgumentException(
            "pods in form %d, this program knows %d".formatted(version, VERSION));
      }
    }

    boolean hasNext() {
      return !in.isAtEnd();
    }

    /**
     * @return empty: it is among those that are not plain
     */
    Optional<Row> next() {
      int kind = in.count();
      if (kind == NOT_PLAIN) {
        return Optional.empty();
      }
      int there = in.flags();
      return Optional.of(
          new Row(
              kind - 1,
              in.text(),
              in.text(),
              in.number(),
              versionBefore += in.signed(),
              in.instant(),
              in.wordIf(is(there, 0)),
              in.instantIf(is(there, 1)),
              Optional.empty(),
              in.wordIf(is(there, 2)),
              status(),
              Optional.empty(),
              Optional.empty()));
    }

    private PodStatus status() {
      PodPhase phase = PodPhase.valueOf(in.word());
      int there = in.flags();
      return new PodStatus(
          phase,
          in.instantIf(is(there, 0)),
          is(there, 1) ? Optional.of(in.text()) : Optional.empty(),
          in.instantIf(is(there, 2)),
          containers(),
          containers(),
          in.wordIf(is(there, 3)),
          in.wordIf(is(there, 4)));
    }

    private List<ContainerStatus> containers() {
      int count = in.count();
      if (count <= 1) {
        // Nearly all have one and no other: a list to be copied would be half of what is made here.
        return count == 0 ? List.of() : List.of(container());
      }
      List<ContainerStatus> containers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        containers.add(container());
      }
      return List.copyOf(containers);
    }

    private ContainerStatus container() {
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
          state(),
          is(is, 2) ? Optional.of(state()) : Optional.empty(),
          is(is, 0),
          is(is, 1),
          restartCount,
          Optional.empty(),
          Set.of());
    }

    private ContainerState state() {
      StateKind kind = StateKind.valueOf(in.word());
      int there = in.flags();
      return new ContainerState(
          kind,
          in.instantIf(is(there, 0)),
          in.instantIf(is(there, 1)),
          is(there, 2) ? Optional.of((int) in.signed()) : Optional.empty(),
          in.wordIf(is(there, 3)),
          in.wordIf(is(there, 4)));
    }

    private static boolean is(int flags, int bit) {
      return (flags >> bit & 1) == 1;
    }
  }
}
