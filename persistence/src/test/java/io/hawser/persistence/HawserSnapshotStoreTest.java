package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.PodBlock;
import io.hawser.cluster.state.SplitSnapshot;
import io.hawser.cluster.state.StillPacked;
import io.hawser.model.PodStatus;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.zip.DeflaterOutputStream;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.persistence.DeleteSnapshotSuccess;
import org.apache.pekko.persistence.DeleteSnapshotsSuccess;
import org.apache.pekko.persistence.Persistence;
import org.apache.pekko.persistence.SaveSnapshotFailure;
import org.apache.pekko.persistence.SaveSnapshotSuccess;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotProtocol.DeleteSnapshot;
import org.apache.pekko.persistence.SnapshotProtocol.DeleteSnapshots;
import org.apache.pekko.persistence.SnapshotProtocol.LoadSnapshot;
import org.apache.pekko.persistence.SnapshotProtocol.LoadSnapshotResult;
import org.apache.pekko.persistence.SnapshotProtocol.SaveSnapshot;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.apache.pekko.testkit.javadsl.TestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cases of Pekko's snapshot specification (persistence-tck, SnapshotStoreSpec) on one peer. */
class HawserSnapshotStoreTest {
  private static final Duration PATIENCE = StoreFixture.PATIENCE;

  @TempDir static Path dir;
  private static ActorSystem system;

  private final List<SnapshotMetadata> saved = new ArrayList<>();
  private String pid;
  private TestKit probe;
  private ActorRef store;

  @BeforeAll
  static void start() {
    system =
        StoreFixture.start(
            ConfigFactory.parseString(
                    """
                    hawser.store.limits { snapshot-bytes = 24 MiB, state-heap-percent = 90 }
                    pekko.actor.serialization-bindings {
                      "io.hawser.cluster.ClusterMessage" = jackson-cbor
                    }
                    """)
                .withFallback(StoreFixture.config(dir, "n1", StoreFixture.freePorts(1))));
  }

  @AfterAll
  static void stop() {
    StoreFixture.stop(system);
  }

  @BeforeEach
  void saveFiveSnapshots() {
    pid = "p-" + UUID.randomUUID();
    probe = new TestKit(system);
    store =
        Persistence.get(system).snapshotStoreFor("hawser.snapshot-store", ConfigFactory.empty());
    for (int i = 1; i <= 5; i++) {
      saved.add(save(i + 10, "s-" + i));
    }
  }

  @Test
  void findsNothingOfAnUnknownWriter() {
    assertThat(load("nobody", SnapshotSelectionCriteria.latest(), Long.MAX_VALUE)).isNull();
  }

  @Test
  void findsNothingOutsideTheRange() {
    assertThat(load(pid, SnapshotSelectionCriteria.create(7, Long.MAX_VALUE), Long.MAX_VALUE))
        .isNull();
    assertThat(load(pid, SnapshotSelectionCriteria.create(Long.MAX_VALUE, 100), Long.MAX_VALUE))
        .isNull();
    assertThat(load(pid, SnapshotSelectionCriteria.latest(), 7)).isNull();
  }

  @Test
  void findsTheNewest() {
    SelectedSnapshot found = load(pid, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE);
    assertThat(found.metadata()).isEqualTo(saved.get(4));
    assertThat(found.snapshot()).isEqualTo("s-5");
  }

  @Test
  void findsTheNewestBelowABound() {
    SelectedSnapshot byNumber =
        load(pid, SnapshotSelectionCriteria.create(13, Long.MAX_VALUE), Long.MAX_VALUE);
    assertThat(byNumber.metadata()).isEqualTo(saved.get(2));
    assertThat(load(pid, SnapshotSelectionCriteria.latest(), 13).metadata())
        .isEqualTo(saved.get(2));
    SelectedSnapshot byBoth =
        load(pid, SnapshotSelectionCriteria.create(13, saved.get(2).timestamp()), Long.MAX_VALUE);
    assertThat(byBoth.metadata()).isEqualTo(saved.get(2));
  }

  @Test
  void deletesASingleSnapshot() {
    SnapshotMetadata third = saved.get(2);
    store.tell(new DeleteSnapshot(SnapshotMetadata.apply(pid, third.sequenceNr())), probe.getRef());
    probe.expectMsgClass(DeleteSnapshotSuccess.class);
    assertThat(load(pid, SnapshotSelectionCriteria.latest(), 13).metadata())
        .isEqualTo(saved.get(1));
  }

  @Test
  void deletesASnapshotOnlyWhenItsTimeMatches() {
    SnapshotMetadata last = saved.get(4);
    SnapshotMetadata other = new SnapshotMetadata(pid, last.sequenceNr(), last.timestamp() - 1_000);
    store.tell(new DeleteSnapshot(other), probe.getRef());
    probe.expectMsgClass(DeleteSnapshotSuccess.class);
    assertThat(load(pid, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE).metadata())
        .isEqualTo(last);
  }

  @Test
  void deletesAllSnapshotsInARange() {
    store.tell(
        new DeleteSnapshots(pid, SnapshotSelectionCriteria.create(13, Long.MAX_VALUE)),
        probe.getRef());
    probe.expectMsgClass(DeleteSnapshotsSuccess.class);
    assertThat(load(pid, SnapshotSelectionCriteria.latest(), 13)).isNull();
    assertThat(load(pid, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE).metadata())
        .isEqualTo(saved.get(4));
  }

  @Test
  void aSnapshotWithTheSameNumberReplacesTheFormer() {
    SnapshotMetadata again = save(15, "s-5-modified");
    SelectedSnapshot found = load(pid, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE);
    assertThat(found.metadata()).isEqualTo(again);
    assertThat(found.snapshot()).isEqualTo("s-5-modified");
  }

  @Test
  void aSnapshotLargerThanALogEntryComesBackWhole() {
    byte[] large = new byte[6 << 20];
    new Random(7).nextBytes(large); // does not compress
    save(20, large);
    SelectedSnapshot found = load(pid, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE);
    assertThat((byte[]) found.snapshot()).isEqualTo(large);
    store.tell(new DeleteSnapshots(pid, SnapshotSelectionCriteria.latest()), probe.getRef());
    probe.expectMsgClass(DeleteSnapshotsSuccess.class);
  }

  @Test
  void aSnapshotLargerThanAnyOtherWriteComesBackWhole() {
    byte[] large = new byte[20 << 20];
    new Random(7).nextBytes(large);
    save(30, large);
    SelectedSnapshot found = load(pid, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE);
    assertThat((byte[]) found.snapshot()).isEqualTo(large);
    store.tell(new DeleteSnapshots(pid, SnapshotSelectionCriteria.latest()), probe.getRef());
    probe.expectMsgClass(DeleteSnapshotsSuccess.class);
  }

  @Test
  void aSnapshotOverTheLimitIsRefusedWithItsName() {
    byte[] huge = new byte[25 << 20];
    new Random(7).nextBytes(huge);
    store.tell(new SaveSnapshot(SnapshotMetadata.apply(pid, 40), huge), probe.getRef());
    SaveSnapshotFailure failure = probe.expectMsgClass(PATIENCE, SaveSnapshotFailure.class);
    assertThat(failure.cause()).hasMessageContaining("limits.snapshot-bytes");
  }

  @Test
  void anObjectOfManyPartsComesBackAsItWas() {
    ClusterSnapshot state = snapshot(9);
    save(50, state);
    assertThat(load(pid, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE).snapshot())
        .isEqualTo(state);
  }

  @Test
  void aSplitSnapshotComesBackAsItWasBlockByBlock() {
    List<PodBlock> blocks =
        List.of(new PodBlock(List.of(), List.of(row())), new PodBlock(List.of(), List.of()));
    save(60, new SplitSnapshot(snapshot(9), blocks));
    StillPacked read =
        (StillPacked) load(pid, SnapshotSelectionCriteria.latest(), Long.MAX_VALUE).snapshot();
    assertThat(read.rest()).isEqualTo(snapshot(9));
    assertThat(read.packs()).hasSize(2);
    assertThat(read.packs().get(0).all()).containsExactly(row());
    assertThat(read.packs().get(1).all()).isEmpty();
  }

  @Test
  void aSplitSnapshotThatIsCutOffIsNotReadAsASmallerOne() throws IOException {
    SnapshotCodec codec = new SnapshotCodec((ExtendedActorSystem) system);
    byte[] whole =
        codec.encode(new SplitSnapshot(snapshot(9), List.of(new PodBlock(List.of(), List.of()))));
    assertThatThrownBy(() -> codec.decode(Arrays.copyOf(whole, whole.length - 1)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aSnapshotOfAnEarlierVersionIsStillRead() throws IOException {
    ExtendedActorSystem extended = (ExtendedActorSystem) system;
    ClusterSnapshot state = snapshot(9);
    Serializer serializer = SerializationExtension.get(system).findSerializerFor(state);
    byte[] content = serializer.toBinary(state);
    ByteArrayOutputStream old = new ByteArrayOutputStream();
    old.write(1);
    try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(old))) {
      out.writeInt(serializer.identifier());
      out.writeUTF(Serializers.manifestFor(serializer, state));
      StoreCodec.writeBytes(out, content);
    }

    assertThat(new SnapshotCodec(extended).decode(old.toByteArray())).isEqualTo(state);
  }

  @Test
  void aSnapshotWhoseBlocksJacksonWroteIsStillRead() throws IOException {
    ExtendedActorSystem extended = (ExtendedActorSystem) system;
    SplitSnapshot split =
        new SplitSnapshot(snapshot(9), List.of(new PodBlock(List.of(), List.of(row()))));
    ByteArrayOutputStream old = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(old);
    out.write(3);
    out.writeInt(1);
    for (Object part : List.of(split.rest(), split.blocks().get(0))) {
      // The form of one part is that of a whole snapshot of version 2 without its version.
      byte[] alone = new SnapshotCodec(extended).encode(part);
      StoreCodec.writeBytes(out, Arrays.copyOfRange(alone, 1, alone.length));
    }

    assertThat(new SnapshotCodec(extended).decode(old.toByteArray())).isEqualTo(split);
  }

  private static PodBlock.Row row() {
    return new PodBlock.Row(
        0,
        "web-1",
        "uid",
        1,
        9,
        Instant.EPOCH,
        Optional.of("n1"),
        Optional.of(Instant.EPOCH),
        Optional.empty(),
        Optional.empty(),
        PodStatus.PENDING,
        Optional.empty(),
        Optional.empty());
  }

  private static ClusterSnapshot snapshot(long revision) {
    ClusterSnapshot empty = ClusterSnapshot.of(ClusterState.EMPTY);
    return new ClusterSnapshot(
            revision,
            4,
            empty.namespaces(),
            empty.nodes(),
            empty.deployments(),
            empty.pods(),
            empty.events(),
            empty.objects(),
            List.of())
        .withRequests(List.of(new ClusterSnapshot.DoneRequest("r", "u", revision)));
  }

  private SnapshotMetadata save(long sequenceNr, Object snapshot) {
    store.tell(new SaveSnapshot(SnapshotMetadata.apply(pid, sequenceNr), snapshot), probe.getRef());
    return probe.expectMsgClass(PATIENCE, SaveSnapshotSuccess.class).metadata();
  }

  private SelectedSnapshot load(String id, SnapshotSelectionCriteria criteria, long toSequenceNr) {
    store.tell(new LoadSnapshot(id, criteria, toSequenceNr), probe.getRef());
    LoadSnapshotResult result = probe.expectMsgClass(PATIENCE, LoadSnapshotResult.class);
    return result.snapshot().isEmpty() ? null : result.snapshot().get();
  }
}
