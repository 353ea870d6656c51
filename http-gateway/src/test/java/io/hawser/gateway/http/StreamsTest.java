package io.hawser.gateway.http;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hawser.gateway.Limits;
import io.hawser.gateway.wire.StatusError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class StreamsTest {
  private static final ActorTestKit KIT = ActorTestKit.create();

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  @Test
  void oneMoreThanTheBoundIsRefusedUntilOneEnds() {
    Streams streams = new Streams();
    List<CompletableFuture<Optional<Integer>>> open = new ArrayList<>();
    for (int i = 0; i < Limits.MAX_STREAMS; i++) {
      streams.requireRoom();
      open.add(streams.counted(Source.<Integer>maybe()).to(Sink.ignore()).run(KIT.system()));
    }

    assertThatThrownBy(streams::requireRoom)
        .isInstanceOf(StatusError.class)
        .hasMessageContaining(Integer.toString(Limits.MAX_STREAMS))
        .extracting(e -> ((StatusError) e).code())
        .isEqualTo(429);

    open.get(0).complete(Optional.empty());
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThatCode(streams::requireRoom).doesNotThrowAnyException());
    open.forEach(stream -> stream.complete(Optional.empty()));
  }
}
