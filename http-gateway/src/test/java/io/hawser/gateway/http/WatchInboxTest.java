package io.hawser.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.replica.ReplicaProtocol.Bookmark;
import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.replica.ReplicaProtocol.WatchMessage;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.gateway.Limits;
import io.hawser.model.ConfigMap;
import io.hawser.model.ObjectMeta;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.BufferOverflowException;
import org.apache.pekko.stream.javadsl.AsPublisher;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.testkit.javadsl.TestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

class WatchInboxTest {
  private static final ActorSystem SYSTEM = ActorSystem.create("inbox");
  private static final int MAX_CHARS = 10_000;

  private final CompletableFuture<ActorRef<WatchMessage>> watcher = new CompletableFuture<>();
  private final Client client = new Client();
  private ClusterState state = ClusterState.EMPTY;

  @BeforeEach
  void begin() {
    Source.fromGraph(new WatchInbox(watcher::complete, MAX_CHARS))
        .runWith(Sink.asPublisher(AsPublisher.WITHOUT_FANOUT), SYSTEM)
        .subscribe(client);
  }

  /** Takes what it asks for and no more. */
  private static final class Client implements Subscriber<WatchMessage> {
    private final CompletableFuture<Subscription> subscription = new CompletableFuture<>();
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private final BlockingQueue<WatchMessage> taken = new LinkedBlockingQueue<>();

    void take(int count) throws InterruptedException {
      subscription.join().request(count);
      for (int i = 0; i < count; i++) {
        assertThat(taken.poll(30, TimeUnit.SECONDS)).isNotNull();
      }
    }

    WatchMessage next() throws InterruptedException {
      subscription.join().request(1);
      return taken.poll(30, TimeUnit.SECONDS);
    }

    Throwable failure() {
      return failure.orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Override
    public void onSubscribe(Subscription given) {
      subscription.complete(given);
    }

    @Override
    public void onNext(WatchMessage message) {
      taken.add(message);
    }

    @Override
    public void onError(Throwable cause) {
      failure.complete(cause);
    }

    @Override
    public void onComplete() {
      failure.completeExceptionally(new AssertionError("a watch does not end by itself"));
    }
  }

  @AfterAll
  static void stop() {
    TestKit.shutdownActorSystem(SYSTEM);
  }

  private void tell(WatchMessage message) {
    watcher.join().tell(message);
  }

  /** Each takes the place of the one before. */
  private Change changed(int chars) {
    ObjectMeta meta = new ObjectMeta("default", "m", "", 0, 0, Instant.EPOCH, Map.of(), Map.of());
    ConfigMap map = new ConfigMap(meta, Map.of("data", "x".repeat(chars)), Map.of(), false);
    SchedulerEvent event =
        state.objects().count() == 0
            ? new SchedulerEvent.ObjectCreated(map, Instant.EPOCH)
            : new SchedulerEvent.ObjectChanged(map, Instant.EPOCH);
    Change change = new Change(state, event, state.evolve(event));
    state = change.after();
    return change;
  }

  @Test
  void whatIsToldWaitsInOrderUntilItIsTaken() throws InterruptedException {
    for (long revision = 1; revision <= 3; revision++) {
      tell(new Bookmark(revision));
    }
    for (long revision = 1; revision <= 3; revision++) {
      assertThat(client.next()).isEqualTo(new Bookmark(revision));
    }
    tell(new Bookmark(4));
    assertThat(client.next()).isEqualTo(new Bookmark(4));
  }

  @Test
  void clientTooManyChangesBehindIsCutOff() throws InterruptedException {
    for (int i = 0; i < Limits.WATCH_BUFFER; i++) {
      tell(new Bookmark(i));
    }
    assertThat(client.next()).isEqualTo(new Bookmark(0));
    tell(new Bookmark(-1));
    tell(new Bookmark(-2));
    assertThat(client.failure()).isInstanceOf(BufferOverflowException.class);
  }

  @Test
  void clientThatKeepsTooMuchOfThePastIsCutOff() throws InterruptedException {
    tell(changed(4_000)); // is kept by the one that takes its place
    tell(changed(4_000));
    tell(changed(4_000));
    client.take(3);
    for (int i = 0; i < 3; i++) {
      tell(changed(4_000));
    }
    assertThat(client.failure())
        .isInstanceOf(BufferOverflowException.class)
        .hasMessageContaining("3 changes behind");
  }
}
