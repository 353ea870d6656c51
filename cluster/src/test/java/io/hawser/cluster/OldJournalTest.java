package io.hawser.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.SecurityEvent;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.cluster.state.SchedulerEvent.PodStatusChanged;
import io.hawser.model.ApiObject;
import io.hawser.model.ObjectStatus;
import io.hawser.model.Pod;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Events and snapshots as earlier versions wrote them must be read for ever. The resource has one
 * line for each: serializer, manifest, bytes in Base64. Lines are only ever added, by {@link
 * #main}.
 */
class OldJournalTest {
  private static final String RESOURCE = "/old-journal.txt";
  private static ActorTestKit kit;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create(ClusterConfig.SYSTEM, ClusterConfig.load(TestSystems.oneMember()));
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void everyOldEventIsStillReadAndFolded() throws IOException {
    ClusterState state = ClusterState.EMPTY;
    for (SchedulerEvent event : oldEvents()) {
      assertThat(event.at()).as(event.toString()).isNotNull();
      state = state.evolve(event);
    }
    assertThat(state.revision()).isEqualTo(oldEvents().size());
  }

  @Test
  void anOldPodsOwnerIsItsDeployment() throws IOException {
    List<Pod.Owner> owners =
        oldEvents().stream()
            .filter(SchedulerEvent.PodCreated.class::isInstance)
            .flatMap(e -> ((SchedulerEvent.PodCreated) e).pod().owner().stream())
            .toList();
    assertThat(owners)
        .contains(new Pod.Owner("Deployment", "deployment", "deploymentUid", "templateHash"));
  }

  @Test
  void everyKindOfEventIsInTheOldJournal() throws IOException {
    assertThat(oldEvents().stream().<Class<?>>map(Object::getClass).distinct().toList())
        .as("add lines for new events by running OldJournalTest.main")
        .containsAll(List.of(SchedulerEvent.class.getPermittedSubclasses()));
  }

  @Test
  void everyKindOfObjectIsInTheOldJournal() throws IOException {
    assertThat(
            oldEvents().stream()
                .filter(SchedulerEvent.ObjectChanged.class::isInstance)
                .<Class<?>>map(e -> ((SchedulerEvent.ObjectChanged) e).object().getClass()))
        .as("add lines for new kinds by running OldJournalTest.main")
        .containsAll(MessageSamples.named(ApiObject.class));
    assertThat(
            oldEvents().stream()
                .filter(SchedulerEvent.ObjectStatusChanged.class::isInstance)
                .<Class<?>>map(e -> ((SchedulerEvent.ObjectStatusChanged) e).status().getClass()))
        .containsAll(MessageSamples.named(ObjectStatus.class));
  }

  @Test
  void everyKindOfSecurityEventIsInTheOldJournal() throws IOException {
    assertThat(old().stream().<Class<?>>map(Object::getClass))
        .containsAll(List.of(SecurityEvent.class.getPermittedSubclasses()));
  }

  @Test
  void everyOldSnapshotIsStillReadAndMadeAState() throws IOException {
    List<ClusterSnapshot> snapshots =
        old().stream()
            .filter(ClusterSnapshot.class::isInstance)
            .map(ClusterSnapshot.class::cast)
            .toList();
    assertThat(snapshots).isNotEmpty();
    for (ClusterSnapshot snapshot : snapshots) {
      assertThat(snapshot.toState().pods()).hasSameSizeAs(snapshot.pods());
    }
  }

  /** Whoever reads a field that an old line has not must find what stands for nothing. */
  @Test
  void nothingOfWhatWasReadIsMissing() throws Exception {
    for (Object read : old()) {
      assertComplete(read, read.getClass().getSimpleName());
    }
  }

  private static void assertComplete(Object value, String path) throws Exception {
    assertThat(value).as(path).isNotNull();
    if (value instanceof Optional<?> optional && optional.isPresent()) {
      assertComplete(optional.get(), path);
    } else if (value instanceof Map<?, ?> map) {
      assertComplete(List.copyOf(map.values()), path);
    } else if (value instanceof Iterable<?> elements) {
      for (Object element : elements) {
        assertComplete(element, path + "[]");
      }
    } else if (value.getClass().isRecord()) {
      for (RecordComponent field : value.getClass().getRecordComponents()) {
        field.getAccessor().setAccessible(true);
        assertComplete(field.getAccessor().invoke(value), path + "." + field.getName());
      }
    }
  }

  private static List<SchedulerEvent> oldEvents() throws IOException {
    return old().stream()
        .filter(SchedulerEvent.class::isInstance)
        .map(SchedulerEvent.class::cast)
        .toList();
  }

  private static List<Object> old() throws IOException {
    Serialization serialization = SerializationExtension.get(kit.system());
    List<Object> old = new ArrayList<>();
    try (InputStream in = OldJournalTest.class.getResourceAsStream(RESOURCE)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        String[] parts = line.split(" ");
        byte[] bytes = Base64.getDecoder().decode(parts[2]);
        old.add(serialization.deserialize(bytes, Integer.parseInt(parts[0]), parts[1]).get());
      }
    }
    return old;
  }

  /**
   * Writes today's events and snapshots, full and bare, to the file named as argument: whatever of
   * it is not there yet is added by hand.
   */
  public static void main(String[] args) throws IOException {
    start();
    Serialization serialization = SerializationExtension.get(kit.system());
    StringBuilder lines = new StringBuilder();
    for (Object kept : everythingKept()) {
      Serializer serializer = serialization.findSerializerFor(kept);
      byte[] bytes = serialization.serialize(kept).get();
      lines
          .append(serializer.identifier())
          .append(' ')
          .append(Serializers.manifestFor(serializer, kept))
          .append(' ')
          .append(Base64.getEncoder().encodeToString(bytes))
          .append('\n');
    }
    Files.writeString(Path.of(args[0]), lines);
    stop();
  }

  private static List<Object> everythingKept() {
    List<Object> all = new ArrayList<>();
    for (boolean full : new boolean[] {true, false}) {
      MessageSamples samples = new MessageSamples(kit.system(), null, full);
      Stream.of(SchedulerEvent.class, SecurityEvent.class)
          .flatMap(events -> Stream.of(events.getPermittedSubclasses()))
          .map(samples::of)
          .forEach(all::add);
      Stream.of(ApiObject.class, ObjectStatus.class)
          .flatMap(root -> MessageSamples.named(root).stream())
          .map(kind -> MessageSamples.carrier(samples, kind))
          .forEach(all::add);
      all.add(samples.of(ClusterSnapshot.class));
    }
    MessageSamples samples = new MessageSamples(kit.system(), null, true);
    PodStatusChanged changed = (PodStatusChanged) samples.of(PodStatusChanged.class);
    all.add(PackedEventTest.plain(changed));
    return all;
  }
}
