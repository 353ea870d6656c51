package io.hawser.cluster.membership;

import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.Props;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.UniqueAddress;
import org.apache.pekko.cluster.sbr.DowningStrategy;
import org.apache.pekko.cluster.sbr.KeepMajority;
import org.apache.pekko.testkit.javadsl.TestKit;
import org.apache.pekko.util.Version;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import scala.Option;
import scala.concurrent.duration.FiniteDuration;

class PromptResolverTest {
  private static final FiniteDuration STABLE_AFTER = new FiniteDuration(300, TimeUnit.MILLISECONDS);

  private ActorSystem system;
  private Cluster cluster;

  @BeforeEach
  void startCluster() {
    system =
        ActorSystem.create(
            ClusterConfig.SYSTEM,
            ClusterConfig.load(
                ClusterConfig.member("127.0.0.1", 0, List.of("controller"), List.of())
                    .withFallback(ConfigFactory.parseString("pekko.loglevel = WARNING"))));
    cluster = Cluster.get(system);
    TestKit probe = new TestKit(system);
    cluster.subscribe(probe.getRef(), ClusterEvent.MemberUp.class);
    cluster.join(cluster.selfAddress());
    probe.fishForMessage(
        Duration.ofSeconds(20), "the only member is up", m -> m instanceof ClusterEvent.MemberUp);
  }

  @AfterEach
  void stopCluster() {
    TestKit.shutdownActorSystem(system);
  }

  @Test
  void aLostMemberIsDownedAsSoonAsTheViewIsStable() {
    TestKit downed = new TestKit(system);
    KeepMajority strategy =
        new KeepMajority(
            cluster.settings().SelfDataCenter(),
            Option.apply("controller"),
            cluster.selfUniqueAddress());
    ActorRef resolver = system.actorOf(Props.create(NeverTicking.class, strategy, downed.getRef()));
    Member second = member(2);
    Member lost = member(3);

    resolver.tell(new ClusterEvent.MemberUp(second), ActorRef.noSender());
    resolver.tell(new ClusterEvent.MemberUp(lost), ActorRef.noSender());
    downed.expectNoMessage(Duration.ofMillis(STABLE_AFTER.toMillis() * 2));

    resolver.tell(new ClusterEvent.UnreachableMember(lost), ActorRef.noSender());
    downed.expectMsg(Duration.ofSeconds(20), lost.uniqueAddress());
  }

  private Member member(int number) {
    Address address = new Address("pekko", ClusterConfig.SYSTEM, "127.0.0." + number, 7351);
    return new Member(
        new UniqueAddress(address, number),
        number,
        MemberStatus.up(),
        cluster.selfMember().roles(),
        Version.Zero());
  }

  /** Its regular look comes once an hour: what it decides, it decided at the view's own time. */
  static final class NeverTicking extends PromptResolver {
    private final ActorRef downed;

    NeverTicking(KeepMajority strategy, ActorRef downed) {
      super(STABLE_AFTER, strategy);
      this.downed = downed;
    }

    @Override
    public FiniteDuration tickInterval() {
      return new FiniteDuration(1, TimeUnit.HOURS);
    }

    @Override
    public void down(UniqueAddress node, DowningStrategy.Decision decision) {
      downed.tell(node, ActorRef.noSender());
    }
  }
}
