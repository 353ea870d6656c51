package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ConfigMap;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Refusal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A patch that lost a race, at a gateway whose replica catches up: what the winner wrote comes only
 * after many changes of other objects.
 */
class PatchRaceTest {
  private static final String TOKEN = "test-token-0123456789";
  private static final int OTHERS = 20;
  private static final String PATCH =
      """
      {"apiVersion":"v1","kind":"ConfigMap","metadata":{"labels":{"a":"b"}}}""";

  private final ActorTestKit kit = ActorTestKit.create("race", ConfigFactory.load());
  private final AtomicReference<ClusterState> state =
      new AtomicReference<>(created(ClusterState.EMPTY, "blue"));
  private final AtomicInteger shown = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/merge-patch+json", "application/apply-patch+yaml"})
  void itIsTriedAgainOnceTheReplicaShowsTheOthersChange(String type) throws Exception {
    ServerBinding binding =
        Gateway.start(
                kit.system(),
                new GatewaySettings("n1", "127.0.0.1", 0, TOKEN, Optional.empty()),
                kit.spawn(replica()),
                kit.spawn(scheduler()),
                kit.createTestProbe(DrillProtocol.Command.class).ref())
            .toCompletableFuture()
            .join();
    String url =
        "http://127.0.0.1:"
            + binding.localAddress().getPort()
            + "/api/v1/namespaces/default/configmaps/blue?fieldManager=ci";
    HttpRequest patch =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(GatewayFixture.PATIENCE)
            .header("Authorization", "Bearer " + TOKEN)
            .header("Content-Type", type)
            .method("PATCH", HttpRequest.BodyPublishers.ofString(PATCH))
            .build();

    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(patch, HttpResponse.BodyHandlers.ofString());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(shown).hasValueGreaterThan(OTHERS);
    assertThat(refused).hasValue(1);
  }

  private Behavior<ReplicaProtocol.Command> replica() {
    return Behaviors.receive(ReplicaProtocol.Command.class)
        .onMessage(
            ReplicaProtocol.GetState.class,
            ask -> {
              ask.replyTo().tell(new View(state.get(), true));
              return Behaviors.same();
            })
        .onMessage(
            ReplicaProtocol.AwaitRevision.class,
            ask -> {
              int number = shown.incrementAndGet();
              String next = number == OTHERS ? "blue" : "other-" + number;
              state.updateAndGet(s -> created(s, next));
              ask.replyTo().tell(new View(state.get(), true));
              return Behaviors.same();
            })
        .build();
  }

  private Behavior<SchedulerProtocol.Command> scheduler() {
    return Behaviors.receive(SchedulerProtocol.Command.class)
        .onMessage(
            SchedulerProtocol.Submit.class,
            submit -> {
              if (shown.get() < OTHERS) {
                refused.incrementAndGet();
                submit
                    .replyTo()
                    .tell(
                        new Answer.Refused(Refusal.of(Refusal.Reason.CONFLICT, "it was changed")));
              } else {
                submit.replyTo().tell(new Answer.Accepted(state.get().revision() + 1, "u"));
              }
              return Behaviors.same();
            })
        .build();
  }

  private static ClusterState created(ClusterState state, String name) {
    Instant now = Instant.now();
    long revision = state.revision() + 1;
    ObjectMeta meta = new ObjectMeta("default", name, "u", revision, 0, now, Map.of(), Map.of());
    ConfigMap map = new ConfigMap(meta, Map.of("at", "" + revision), Map.of(), false);
    return state.evolve(new SchedulerEvent.ObjectCreated(map, now));
  }
}
