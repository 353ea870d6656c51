package io.hawser.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hawser.cluster.entity.DeploymentEntity.View;
import io.hawser.cluster.entity.DeploymentEntityActor;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A real cluster of two actor systems: one member that hosts entities, and the client. */
class HawserClientTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private static ActorTestKit member;
  private static ActorRef<ReplicaProtocol.Command> replica;
  private static TestProbe<SchedulerProtocol.Command> scheduler;
  private static HawserClient client;

  @BeforeAll
  static void formACluster() {
    member =
        ActorTestKit.create(
            ClusterConfig.SYSTEM,
            ClusterConfig.load(TestSystems.oneMember(Roles.CONTROLLER, Roles.GATEWAY)));
    Cluster cluster = Cluster.get(member.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    await().atMost(PATIENCE).until(() -> cluster.selfMember().status().equals(MemberStatus.up()));
    replica = member.spawn(FakeReplica.create());
    scheduler = member.createTestProbe();
    DeploymentEntityActor.init(member.system(), replica, scheduler.ref());
    String seed = "127.0.0.1:" + cluster.selfMember().address().getPort().get();
    client = HawserClient.connect("127.0.0.1", 0, List.of(seed));
  }

  @AfterAll
  static void takeItDown() {
    client.close();
    Cluster cluster = Cluster.get(member.system());
    await().atMost(PATIENCE).until(() -> sizeOf(cluster) == 1);
    member.shutdownTestKit();
  }

  private static int sizeOf(Cluster cluster) {
    int size = 0;
    for (var ignored : cluster.state().getMembers()) {
      size++;
    }
    return size;
  }

  @Test
  void scalingReachesTheSchedulerAndItsAnswerComesBack() throws Exception {
    CompletionStage<Answer> answer = client.scale(ObjectName.parse("default/scaled"), 6);

    SchedulerProtocol.Submit submit = submitted();
    assertThat(submit.request())
        .isInstanceOfSatisfying(
            ClientRequest.ScaleDeployment.class,
            r -> {
              assertThat(r.name()).isEqualTo(ObjectName.parse("default/scaled"));
              assertThat(r.replicas()).isEqualTo(6);
            });
    submit.replyTo().tell(new Answer.Accepted(9, "uid"));
    assertThat(get(answer)).isEqualTo(new Answer.Accepted(9, "uid"));
  }

  @Test
  void applyingCreatesWhatTheReplicaDoesNotKnowAndUpdatesWhatExistsAlready() throws Exception {
    ObjectName name = ObjectName.parse("default/applied");
    CompletionStage<Answer> answer = client.apply(name, Map.of(), deployment(name, 1).spec());

    SchedulerProtocol.Submit first = submitted();
    assertThat(first.request()).isInstanceOf(ClientRequest.CreateDeployment.class);
    first
        .replyTo()
        .tell(new Answer.Refused(Refusal.of(Refusal.Reason.ALREADY_EXISTS, "it exists")));
    SchedulerProtocol.Submit second = submitted();
    assertThat(second.request()).isInstanceOf(ClientRequest.UpdateDeployment.class);
    second.replyTo().tell(new Answer.Accepted(3, "uid"));

    assertThat(get(answer)).isEqualTo(new Answer.Accepted(3, "uid"));
  }

  @Test
  void aDeploymentThatDoesNotExistHasAnEmptyView() throws Exception {
    View view = get(client.get(ObjectName.parse("default/nothing")));

    assertThat(view.spec()).isEmpty();
    assertThat(view.isComplete()).isFalse();
  }

  @Test
  void aFollowerSeesEveryChangeOfItsDeployment() {
    ObjectName name = ObjectName.parse("default/followed");
    List<View> views = new CopyOnWriteArrayList<>();
    HawserClient.Following following = client.follow(name, views::add);
    await().atMost(PATIENCE).until(() -> !views.isEmpty());

    feed(new SchedulerEvent.DeploymentCreated(deployment(name, 1), NOW));
    await().atMost(PATIENCE).until(() -> last(views).spec().isPresent());
    DeploymentStatus done = new DeploymentStatus(1, 1, 1, 1, 1, 0, List.of());
    feed(new SchedulerEvent.DeploymentStatusChanged(name, done, NOW));
    await().atMost(PATIENCE).until(() -> last(views).isComplete());

    following.close();
    assertThat(views).extracting(View::revision).isSorted();
  }

  @Test
  void aClusterThatDoesNotAnswerIsNamedInTheError() {
    assertThatThrownBy(() -> HawserClient.connect("127.0.0.1", 0, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("seed");
  }

  private static View last(List<View> views) {
    return views.get(views.size() - 1);
  }

  private static void feed(SchedulerEvent event) {
    replica.tell(new FakeReplica.Feed(event));
  }

  private static SchedulerProtocol.Submit submitted() {
    return scheduler.expectMessageClass(SchedulerProtocol.Submit.class, PATIENCE);
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static Deployment deployment(ObjectName name, int replicas) {
    MessageSamples samples = new MessageSamples(member.system(), null, false);
    Deployment sample =
        ((SchedulerEvent.DeploymentCreated) samples.of(SchedulerEvent.DeploymentCreated.class))
            .deployment();
    DeploymentSpec spec = sample.spec().withReplicas(replicas);
    ObjectMeta meta =
        new ObjectMeta(name.namespace(), name.name(), "uid", 1, 0, NOW, Map.of(), Map.of());
    return new Deployment(meta, spec, sample.revisions(), DeploymentStatus.NONE);
  }
}
