package io.hawser.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.SchedulerEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class MessageRoundTripTest {
  private static ActorTestKit kit;
  private static ActorRef<Object> actor;
  private static Serialization serialization;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create(ClusterConfig.SYSTEM, ClusterConfig.load(TestSystems.oneMember()));
    actor = kit.<Object>createTestProbe().ref();
    serialization = SerializationExtension.get(kit.system());
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @TestFactory
  Stream<DynamicTest> everyMessageComesBackAsItWas() {
    List<DynamicTest> tests = new ArrayList<>();
    for (boolean full : new boolean[] {true, false}) {
      MessageSamples samples = new MessageSamples(kit.system(), actor, full);
      for (Class<?> type : MessageSamples.messageTypes()) {
        String name = type.getSimpleName() + (full ? " with everything" : " with nothing");
        tests.add(dynamicTest(name, () -> roundTrip(samples.of(type))));
      }
    }
    return tests.stream();
  }

  private static void roundTrip(Object message) {
    Serializer serializer = serialization.findSerializerFor(message);
    assertThat(serializer.getClass().getSimpleName())
        .isEqualTo(
            message instanceof SchedulerEvent.PodStatusChanged
                ? "PackedEventSerializer"
                : "JacksonCborSerializer");
    byte[] bytes = serialization.serialize(message).get();
    Object back =
        serialization
            .deserialize(
                bytes, serializer.identifier(), Serializers.manifestFor(serializer, message))
            .get();
    if (message instanceof FeedProtocol.SnapshotPart part) {
      assertThat(((FeedProtocol.SnapshotPart) back).bytes()).isEqualTo(part.bytes());
    } else {
      assertThat(back).isEqualTo(message);
    }
    assertThat(serialization.serialize(back).get()).isEqualTo(bytes);
  }

  @TestFactory
  Stream<DynamicTest> everyKindOfMessageHasANameOfItsOwn() {
    return MessageSamples.NAMED.stream()
        .map(root -> dynamicTest(root.getName(), () -> namesAllItsMessages(root)));
  }

  @TestFactory
  Stream<DynamicTest> everyKindOfTheModelHasANameAndComesBackAsItWas() {
    MessageSamples samples = new MessageSamples(kit.system(), actor, true);
    return MessageSamples.NAMED_ELSEWHERE.keySet().stream()
        .flatMap(
            root -> {
              assertThat(MessageSamples.named(root))
                  .containsExactlyInAnyOrder(root.getPermittedSubclasses());
              return MessageSamples.named(root).stream();
            })
        .map(
            kind ->
                dynamicTest(
                    kind.getName(), () -> roundTrip(MessageSamples.carrier(samples, kind))));
  }

  private static void namesAllItsMessages(Class<?> root) {
    List<Class<?>> declared =
        MessageSamples.messageTypes().stream().filter(root::isAssignableFrom).toList();
    assertThat(MessageSamples.named(root)).containsExactlyInAnyOrderElementsOf(declared);
    assertThat(MessageSamples.names(root).value())
        .extracting(JsonSubTypes.Type::name)
        .doesNotHaveDuplicates();
    if (root.isSealed()) {
      assertThat(declared).containsExactlyInAnyOrder(root.getPermittedSubclasses());
    }
  }

  @Test
  void aStateDerivedFromFieldsIsNotWritten() {
    MessageSamples samples = new MessageSamples(kit.system(), actor, true);
    Object snapshot = samples.of(ClusterSnapshot.class);

    String bytes = new String(serialization.serialize(snapshot).get(), StandardCharsets.ISO_8859_1);

    assertThat(bytes).contains("deletion").doesNotContain("deleting", "active");
  }
}
