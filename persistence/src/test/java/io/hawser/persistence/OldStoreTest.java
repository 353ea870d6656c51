package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.cluster.state.SplitSnapshot;
import io.hawser.persistence.StoreCommand.StoredEvent;
import io.hawser.persistence.StoreCommand.StoredSnapshot;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * State files, which backups are, and commands in the log as the code of earlier commits wrote
 * them. The resource has one line for each: what it is, the commit, its bytes in Base64. A state
 * file holds one event of every kind, the snapshot after them in the form of its time, and a write
 * of twelve events and one of one after that. Lines are only ever added, made by the code that
 * wrote that form. (Writes of 02db768 are not packed: the packs of an hour before, which nobody
 * kept, are not read.)
 */
class OldStoreTest {
  private static final String RESOURCE = "/old-store.txt";

  /** After the snapshot: a write of twelve, one of one. */
  private static final int EVENTS_AFTERWARDS = 13;

  private static ActorTestKit kit;

  @TempDir Path dir;

  @BeforeAll
  static void start() {
    kit =
        ActorTestKit.create(
            "old", ClusterConfig.load(ConfigFactory.parseString("pekko.actor.provider = local")));
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  private record Old(String what, String commit, byte[] bytes) {}

  private static List<Old> old(String what) throws IOException {
    List<Old> old = new ArrayList<>();
    try (InputStream in = OldStoreTest.class.getResourceAsStream(RESOURCE)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n")) {
        String[] parts = line.split(" ");
        if (parts[0].equals(what)) {
          old.add(new Old(what, parts[1], Base64.getDecoder().decode(parts[2])));
        }
      }
    }
    return old;
  }

  @Test
  void everyOldStateFileIsReadAndItsEventsFollowItsSnapshot() throws IOException {
    for (Old state : old("state")) {
      Path file = Files.write(dir.resolve(state.commit()), state.bytes());
      EventLog log = SnapshotFiles.read(file).logs().get("scheduler");
      StoredSnapshot stored = log.snapshots().iterator().next();
      ClusterSnapshot snapshot = snapshot(stored);
      List<SchedulerEvent> events = events(log);
      assertThat(events).as(state.commit()).hasSize((int) log.highestSequenceNr());
      assertThat(snapshot.pods()).as(state.commit()).isNotEmpty();

      ClusterState recovered = snapshot.toState();
      List<SchedulerEvent> afterwards =
          events.subList((int) stored.sequenceNr(), (int) log.highestSequenceNr());
      assertThat(afterwards).hasSize(EVENTS_AFTERWARDS);
      for (SchedulerEvent event : afterwards) {
        recovered = recovered.evolve(event);
      }
      assertThat(recovered.revision()).isEqualTo(snapshot.revision() + EVENTS_AFTERWARDS);
      assertThat(recovered.pods()).hasSameSizeAs(snapshot.pods());
    }
  }

  @Test
  void everyFormOfASnapshotIsAmongThem() throws IOException {
    List<Byte> forms = new ArrayList<>();
    for (Old state : old("state")) {
      Path file = Files.write(dir.resolve(state.commit()), state.bytes());
      forms.add(
          SnapshotFiles.read(file).logs().get("scheduler").snapshots().iterator().next().body()[0]);
    }
    assertThat(forms).contains((byte) 1, (byte) 2, (byte) 3, (byte) 4);
  }

  @Test
  void everyOldCommandOfTheLogIsReadAndWrittenAsItWas() throws IOException {
    for (Old command : old("command")) {
      StoreCommand read = StoreCodec.decodeCommand(command.bytes());
      assertThat(StoreCodec.encode(read)).as(read.toString()).isEqualTo(command.bytes());
    }
    assertThat(old("command").stream().map(c -> c.bytes()[0]))
        .as("the first byte of a command says what it is")
        .containsExactlyInAnyOrder(
            (byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5, (byte) 6, (byte) 7);
  }

  private static ExtendedActorSystem system() {
    return (ExtendedActorSystem) Adapter.toClassic(kit.system());
  }

  private static ClusterSnapshot snapshot(StoredSnapshot stored) throws IOException {
    return SplitSnapshot.read(new SnapshotCodec(system()).decode(stored.body()));
  }

  private static List<SchedulerEvent> events(EventLog log) throws IOException {
    PayloadCodec codec = new PayloadCodec(system());
    EventPack.Reader reader = new EventPack.Reader();
    List<SchedulerEvent> events = new ArrayList<>();
    for (StoredEvent stored : log.events()) {
      events.add((SchedulerEvent) codec.decode("scheduler", reader.alone(stored)).repr().payload());
    }
    return events;
  }
}
