package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.HawserClient;
import io.hawser.cluster.entity.DeploymentEntity.View;
import io.hawser.cluster.entity.DeploymentEntityActor;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.replica.ReplicaActor;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.AutoscaleRules;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.scheduler.core.Samples;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scheduler on the real journal, with one peer. */
class DurableSchedulerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path dir;
  private ActorTestKit kit;
  private TestProbe<Answer> answers;

  @BeforeEach
  void startCluster() throws IOException {
    Config overrides =
        ConfigFactory.parseString(
                """
                pekko.coordinated-shutdown.exit-jvm = off
                hawser.scheduler.autoscale-every = 1s
                pekko.extensions = ["org.apache.pekko.persistence.Persistence"]
                hawser.store { dir = "%s", self = "n1", peers = ["n1=127.0.0.1:%d"] }
                """
                    .formatted(dir, freePort()))
            .withFallback(
                ClusterConfig.member(
                    "127.0.0.1", 0, List.of("controller", "worker", "gateway"), List.of()));
    kit = ActorTestKit.create(ClusterConfig.SYSTEM, ClusterConfig.load(overrides));
    Cluster cluster = Cluster.get(kit.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    await().atMost(PATIENCE).until(() -> cluster.selfMember().status().equals(MemberStatus.up()));
    answers = kit.createTestProbe();
  }

  @AfterEach
  void stopCluster() {
    kit.shutdownTestKit();
  }

  @Test
  void ofTwoSchedulersTheOlderOneEndsAtItsNextWrite() {
    ActorRef<Command> older = kit.spawn(SchedulerActor.create("n1"));
    assertThat(locate(older).epoch()).isEqualTo(1);
    ActorRef<Command> newer = kit.spawn(SchedulerActor.create("n2"));
    assertThat(locate(newer).epoch()).isEqualTo(2);

    older.tell(create("older"));
    answers.expectTerminated(older, PATIENCE);
    answers.expectNoMessage(Duration.ofMillis(100));

    newer.tell(create("newer"));
    answers.expectMessageClass(Answer.Accepted.class, PATIENCE);
  }

  @Test
  void aRetriedRequestIsCarriedOutOnceAlsoByTheNextScheduler() {
    ActorRef<Command> first = kit.spawn(SchedulerActor.create("n1"));
    Answer.Accepted done = tell(first, "once");
    assertThat(tell(first, "once")).isEqualTo(done);

    ActorRef<Command> next = kit.spawn(SchedulerActor.create("n2"));
    assertThat(tell(next, "once")).isEqualTo(done);
    // Another one's request for the same object is told what it should hear.
    next.tell(
        new SchedulerProtocol.Submit(
            Samples.create("web", Samples.spec(1, "v1")), answers.ref(), Optional.of("other")));
    answers.expectMessageClass(Answer.Refused.class, PATIENCE);
  }

  @Test
  void anAutoscalersPatienceOutlivesItsScheduler() {
    AtomicReference<ActorRef<Command>> scheduler = new AtomicReference<>();
    AtomicLong memoryBytes = new AtomicLong(128L << 20);
    scheduler.set(kit.spawn(SchedulerActor.create("n1")));
    String address = Cluster.get(kit.system()).selfMember().address().toString();
    kit.spawn(
        ObedientNode.create(
            List.of(Samples.node("n1", "run-1", address)), scheduler::get, memoryBytes::get),
        "node");
    ActorRef<ReplicaProtocol.Command> replica = kit.spawn(ReplicaActor.create(relay(scheduler)));
    ask(scheduler.get(), Samples.create("web", Samples.spec(1, "v1")));
    ask(scheduler.get(), new ClientRequest.CreateObject(autoscaler(64L << 20)));
    await().atMost(PATIENCE).until(() -> replicas(replica) == 3);

    // The pods need much less from now on; who looks next is another scheduler.
    memoryBytes.set(1L << 20);
    scheduler.set(kit.spawn(SchedulerActor.create("n2")));
    assertThat(locate(scheduler.get()).epoch()).isEqualTo(2);
    await().atMost(PATIENCE).until(() -> waits(replica));
    assertThat(replicas(replica)).isEqualTo(3);

    memoryBytes.set(128L << 20);
    ask(
        scheduler.get(),
        new ClientRequest.UpdateObject(autoscaler(32L << 20), Optional.empty(), Optional.empty()));
    await().atMost(PATIENCE).until(() -> replicas(replica) == 5);
  }

  /** Passes on to the present scheduler, as the singleton's proxy does. */
  private ActorRef<Command> relay(AtomicReference<ActorRef<Command>> scheduler) {
    return kit.spawn(
        Behaviors.receiveMessage(
            message -> {
              scheduler.get().tell(message);
              return Behaviors.same();
            }));
  }

  /** Of one to three pods, or five if they should use little. */
  private static HorizontalPodAutoscaler autoscaler(long averageBytes) {
    return new HorizontalPodAutoscaler(
        new ObjectMeta("default", "web", "", 0, 0, Instant.EPOCH, Map.of(), Map.of()),
        new HorizontalPodAutoscaler.Spec(
            new HorizontalPodAutoscaler.Target("apps/v1", "Deployment", "web"),
            1,
            averageBytes < 64L << 20 ? 5 : 3,
            List.of(
                HorizontalPodAutoscaler.Metric.average(
                    HorizontalPodAutoscaler.Resource.MEMORY, averageBytes)),
            AutoscaleRules.UP,
            AutoscaleRules.DOWN),
        HorizontalPodAutoscaler.Status.NONE);
  }

  private void ask(ActorRef<Command> scheduler, ClientRequest request) {
    scheduler.tell(new SchedulerProtocol.Submit(request, answers.ref()));
    answers.expectMessageClass(Answer.Accepted.class, PATIENCE);
  }

  private ClusterState state(ActorRef<ReplicaProtocol.Command> replica) {
    TestProbe<ReplicaProtocol.View> views = kit.createTestProbe();
    replica.tell(new ReplicaProtocol.AwaitRevision(0, Duration.ZERO, views.ref()));
    return views.receiveMessage(PATIENCE).state();
  }

  private int replicas(ActorRef<ReplicaProtocol.Command> replica) {
    return state(replica).deployment(Samples.name("web")).map(d -> d.spec().replicas()).orElse(0);
  }

  private boolean waits(ActorRef<ReplicaProtocol.Command> replica) {
    return state(replica)
        .objects()
        .find(HorizontalPodAutoscaler.class, Samples.name("web"))
        .flatMap(a -> a.status().condition(HorizontalPodAutoscaler.ABLE_TO_SCALE))
        .filter(c -> c.reason().equals("ScaleDownStabilized"))
        .isPresent();
  }

  private Answer.Accepted tell(ActorRef<Command> scheduler, String requestId) {
    scheduler.tell(
        new SchedulerProtocol.Submit(
            Samples.create("web", Samples.spec(1, "v1")), answers.ref(), Optional.of(requestId)));
    Answer answer = answers.receiveMessage(PATIENCE);
    Answer.Accepted accepted = (Answer.Accepted) answer;
    return new Answer.Accepted(0, accepted.uid());
  }

  @Test
  void anotherServiceAppliesScalesAndFollowsADeployment() throws Exception {
    ActorRef<Command> scheduler =
        SchedulerProtocol.start(kit.system(), SchedulerActor.create("n1"));
    ActorRef<ReplicaProtocol.Command> replica = kit.spawn(ReplicaActor.create(scheduler));
    DeploymentEntityActor.init(kit.system(), replica, scheduler);
    Cluster cluster = Cluster.get(kit.system());
    String address = cluster.selfMember().address().toString();
    kit.spawn(ObedientNode.create(Samples.node("n1", "run-1", address), scheduler), "node");
    ObjectName web = Samples.name("web");
    List<View> views = new CopyOnWriteArrayList<>();

    String seed = address.substring(address.indexOf('@') + 1);
    try (HawserClient client = HawserClient.connect("127.0.0.1", 0, List.of(seed))) {
      accepted(client.apply(web, Map.of(), Samples.spec(2, "v1")));
      try (HawserClient.Following following = client.follow(web, views::add)) {
        await().atMost(PATIENCE).until(() -> isComplete(views, 2, "v1"));
        accepted(client.scale(web, 5));
        await().atMost(PATIENCE).until(() -> isComplete(views, 5, "v1"));
        accepted(client.apply(web, Map.of(), Samples.spec(5, "v2")));
        await().atMost(PATIENCE).until(() -> isComplete(views, 5, "v2"));
        accepted(client.delete(web));
        await().atMost(PATIENCE).until(() -> views.get(views.size() - 1).spec().isEmpty());
      }
    }
  }

  private static boolean isComplete(List<View> views, int replicas, String image) {
    return views.stream()
        .filter(View::isComplete)
        .flatMap(v -> v.spec().stream())
        .anyMatch(
            s ->
                s.replicas() == replicas
                    && s.template().spec().containers().get(0).image().equals(image));
  }

  private static void accepted(CompletionStage<Answer> answer) throws Exception {
    assertThat(answer.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .isInstanceOf(Answer.Accepted.class);
  }

  private SchedulerProtocol.Submit create(String name) {
    return new SchedulerProtocol.Submit(Samples.create(name, Samples.spec(1, "v1")), answers.ref());
  }

  private SchedulerProtocol.Located locate(ActorRef<Command> scheduler) {
    TestProbe<SchedulerProtocol.Located> probe = kit.createTestProbe();
    scheduler.tell(new SchedulerProtocol.Locate(probe.ref()));
    return probe.receiveMessage(PATIENCE);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
