package io.hawser.cluster.membership;

import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.InternalClusterAction;
import org.apache.pekko.cluster.UniqueAddress;
import org.apache.pekko.cluster.sbr.DowningStrategy;
import org.apache.pekko.cluster.sbr.SplitBrainResolver;
import org.apache.pekko.cluster.sbr.SplitBrainResolverBase;
import org.apache.pekko.remote.artery.ThisActorSystemQuarantinedEvent;
import scala.concurrent.duration.FiniteDuration;

/**
 * Pekko's split brain resolver, which looks once a second whether its view has been stable for long
 * enough; this one looks also as soon as it has: half a second less for a lost node on average, a
 * second at worst. And it has news of members told at once, so that gossip may be rare while there
 * is none.
 */
public class PromptResolver extends SplitBrainResolverBase {
  private static final String STABLE = "stable";

  /** Many members that change at the same time are one piece of news. */
  private static final long TOLD_AGAIN_NANOS = 100_000_000;

  private final Cluster cluster = Cluster.get(context().system());
  private long toldNanos = System.nanoTime() - TOLD_AGAIN_NANOS;

  /**
   * @param stableAfter how long members' reachability must not have changed
   */
  public PromptResolver(FiniteDuration stableAfter, DowningStrategy strategy) {
    super(stableAfter, strategy);
  }

  @Override
  public void preStart() throws Exception {
    ActorSystem system = context().system();
    cluster.subscribe(
        self(), ClusterEvent.initialStateAsEvents(), ClusterEvent.ClusterDomainEvent.class);
    system.eventStream().subscribe(self(), ThisActorSystemQuarantinedEvent.class);
    super.preStart();
  }

  @Override
  public void postStop() {
    cluster.unsubscribe(self());
    context().system().eventStream().unsubscribe(self(), ThisActorSystemQuarantinedEvent.class);
    super.postStop();
  }

  @Override
  public UniqueAddress selfUniqueAddress() {
    return cluster.selfUniqueAddress();
  }

  @Override
  public String selfDc() {
    return cluster.settings().SelfDataCenter();
  }

  @Override
  public void resetStableDeadline() {
    super.resetStableDeadline();
    timers()
        .startSingleTimer(STABLE, SplitBrainResolver.Tick$.MODULE$, stableDeadline().timeLeft());
    tellOthers();
  }

  /** The parent is the cluster's own actor: its next gossip, but now. */
  private void tellOthers() {
    long now = System.nanoTime();
    if (now - toldNanos >= TOLD_AGAIN_NANOS) {
      toldNanos = now;
      context().parent().tell(InternalClusterAction.GossipTick$.MODULE$, self());
    }
  }

  @Override
  public void down(UniqueAddress node, DowningStrategy.Decision decision) {
    log().info("SBR is downing [{}]: {}", node, decision);
    cluster.down(node.address());
  }
}
