package io.hawser.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.cluster.state.PodBlock;
import io.hawser.cluster.state.PodBlock.Row;
import io.hawser.cluster.state.PodPack;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PodPackTest {
  /** Every field has a value, also those that hardly any pod has. */
  private static final Row EVERYTHING = sample(true);

  private static final Row NOTHING = sample(false);

  /** Every field has a value that a row by itself can say. */
  private static final Row PLAIN =
      with(EVERYTHING, Optional.empty(), plain(EVERYTHING.status()), Instant.EPOCH);

  private static Row sample(boolean full) {
    return (Row) new MessageSamples(null, null, full).of(Row.class);
  }

  private static Row with(
      Row row, Optional<io.hawser.model.Pod.Deletion> deletion, PodStatus status, Instant created) {
    return new Row(
        row.kind(),
        row.name(),
        row.uid(),
        row.generation(),
        row.resourceVersion(),
        created,
        row.nodeName(),
        row.placedAt(),
        deletion,
        row.unschedulable(),
        status,
        deletion.isPresent() ? row.move() : Optional.empty(),
        deletion.isPresent() ? row.resize() : Optional.empty());
  }

  /** Without what is left to Jackson. */
  static PodStatus plain(PodStatus status) {
    return new PodStatus(
        status.phase(),
        status.readySince(),
        status.podIp(),
        status.startedAt(),
        status.initContainers().stream().map(PodPackTest::plain).toList(),
        status.containers().stream().map(PodPackTest::plain).toList(),
        status.reason(),
        status.message());
  }

  private static ContainerStatus plain(ContainerStatus status) {
    return new ContainerStatus(
        status.name(),
        status.image(),
        status.imageId(),
        status.containerId(),
        status.state(),
        status.lastState(),
        status.started(),
        status.ready(),
        status.restartCount(),
        Optional.empty(),
        Set.of());
  }

  private static PodBlock block(Row... rows) {
    return new PodBlock(List.of(), List.of(rows));
  }

  private static void read(PodPack pack) {
    pack.all().forEach(row -> {});
  }

  @Test
  void everyRowComesBackAsItWasAndInItsPlace() {
    PodPack pack = PodPack.of(block(EVERYTHING, PLAIN, NOTHING, EVERYTHING, NOTHING, PLAIN));
    assertThat(pack.all()).containsExactly(EVERYTHING, PLAIN, NOTHING, EVERYTHING, NOTHING, PLAIN);
  }

  @Test
  void aNewFieldIsWrittenByPodRowsOrAskedForInIsPlainBeforeItIsCountedHere() {
    assertThat(
            Stream.of(Row.class, PodStatus.class, ContainerStatus.class, ContainerState.class)
                .map(type -> type.getRecordComponents().length))
        .containsExactly(13, 8, 11, 6);
  }

  @Test
  void onlyWhatHardlyAnyPodHasIsLeftToJackson() {
    assertThat(PodPack.of(block(EVERYTHING, PLAIN, NOTHING)).others()).containsExactly(EVERYTHING);
  }

  @Test
  void instantsOfAnyTimeAndNumbersOfAnySizeComeBack() {
    List<Row> rows = new ArrayList<>();
    for (Instant at :
        List.of(
            Instant.EPOCH,
            Instant.MAX,
            Instant.MIN,
            Instant.parse("1969-12-31T23:59:59.999999999Z"),
            Instant.parse("2026-01-02T03:04:05.678901Z"))) {
      rows.add(with(PLAIN, Optional.empty(), PLAIN.status(), at));
    }
    for (long version : new long[] {0, 1, 127, 128, Long.MAX_VALUE, 5}) {
      rows.add(
          new Row(
              Integer.MAX_VALUE - 1,
              "é€",
              "",
              version,
              version,
              Instant.EPOCH,
              NOTHING.nodeName(),
              NOTHING.placedAt(),
              NOTHING.deletion(),
              NOTHING.unschedulable(),
              NOTHING.status(),
              NOTHING.move(),
              NOTHING.resize()));
    }
    assertThat(PodPack.of(new PodBlock(List.of(), rows)).all()).containsExactlyElementsOf(rows);
  }

  @Test
  void moreDifferentWordsThanAreRememberedComeBack() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 30_000; i++) {
      rows.add(onNode("n" + i % 15_000));
    }
    assertThat(PodPack.of(new PodBlock(List.of(), rows)).all()).containsExactlyElementsOf(rows);
  }

  private static Row onNode(String node) {
    return new Row(
        0,
        "web",
        "uid",
        1,
        1,
        Instant.EPOCH,
        Optional.of(node),
        NOTHING.placedAt(),
        NOTHING.deletion(),
        NOTHING.unschedulable(),
        NOTHING.status(),
        NOTHING.move(),
        NOTHING.resize());
  }

  @Test
  void equalWordsAndInstantsAreOneObjectWhenTheyAreBack() {
    List<Row> rows = new ArrayList<>();
    PodPack.of(block(onNode("node-1"), onNode("node-" + 1))).all().forEach(rows::add);
    assertThat(rows.get(0).nodeName().get()).isSameAs(rows.get(1).nodeName().get());
    assertThat(rows.get(0).createdAt()).isSameAs(rows.get(1).createdAt());
  }

  @Test
  void bytesThatAreCutOffAreRefusedWhereverTheyEnd() {
    PodPack whole = PodPack.of(block(PLAIN));
    for (int length = 2; length < whole.rows().length; length++) {
      PodPack cut = new PodPack(whole.kinds(), Arrays.copyOf(whole.rows(), length), whole.others());
      assertThatThrownBy(() -> read(cut)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aRowThatIsMissingAmongTheOthersIsNotLeftOut() {
    PodPack whole = PodPack.of(block(EVERYTHING, PLAIN));
    PodPack without = new PodPack(whole.kinds(), whole.rows(), List.of());
    assertThatThrownBy(() -> read(without)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLaterFormIsRefusedByItsNumber() {
    assertThatThrownBy(() -> read(new PodPack(List.of(), new byte[] {2}, List.of())))
        .hasMessageContaining("form 2");
  }
}
