package io.hawser.scheduler;

import io.hawser.cluster.Roles;
import io.hawser.cluster.protocol.SchedulerProtocol.Command;
import io.hawser.cluster.state.ClusterState;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;

/** The cluster's members as the scheduler's {@link MemberWatch} needs them. */
final class Members {
  /**
   * To the scheduler: something about the members has changed; which are lost follows from it.
   *
   * @param at when it was heard. A scheduler that waits for the journal, as when the journal's
   *     leader was on the node that is lost, comes to it seconds later, and to several at once
   */
  record Changed(ClusterEvent.ClusterDomainEvent event, Instant at) implements Command {}

  /** To the scheduler: the members say so. */
  record LoseNode(String node, String reason) implements Command {}

  private final Cluster cluster;
  private final ActorContext<Command> context;
  private final InstantSource clock;
  private MemberWatch watch = new MemberWatch(ClusterState.EMPTY, Instant.EPOCH);

  Members(ActorContext<Command> context, InstantSource clock) {
    this.context = context;
    this.clock = clock;
    this.cluster = Cluster.get(context.getSystem());
  }

  /**
   * @param recovered the state that this scheduler starts with
   */
  void start(ClusterState recovered, Instant now) {
    watch = new MemberWatch(recovered, now);
    cluster
        .subscriptions()
        .tell(
            Subscribe.create(
                context.messageAdapter(ClusterEvent.MemberEvent.class, this::heardNow),
                ClusterEvent.MemberEvent.class));
    cluster
        .subscriptions()
        .tell(
            Subscribe.create(
                context.messageAdapter(ClusterEvent.ReachabilityEvent.class, this::heardNow),
                ClusterEvent.ReachabilityEvent.class));
  }

  /** Adapters run when a message comes, also while the scheduler's own commands wait. */
  private Changed heardNow(ClusterEvent.ClusterDomainEvent event) {
    return new Changed(event, clock.instant());
  }

  /**
   * @return whether that shows nodes to be lost that seemed not to be; else time alone does
   */
  boolean heard(String node, String incarnation, Instant now) {
    return watch.heard(node, incarnation, now);
  }

  /** A run of a node that was not known registers. */
  void begun(String address, Instant now) {
    watch.begun(address, now);
  }

  void changed(ClusterState state, Changed change, Instant now) {
    note(change.event(), change.at());
    tellLost(state, now);
  }

  private void note(ClusterEvent.ClusterDomainEvent event, Instant at) {
    if (event instanceof ClusterEvent.UnreachableMember e) {
      watch.unreachable(address(e.member()), at);
    } else if (event instanceof ClusterEvent.ReachableMember e) {
      watch.reachable(address(e.member()));
    } else if (event instanceof ClusterEvent.MemberDowned e) {
      watch.downed(address(e.member()), at);
    } else if (event instanceof ClusterEvent.MemberRemoved e) {
      if (e.previousStatus().equals(MemberStatus.down())) {
        watch.downed(address(e.member()), at);
      } else {
        watch.left(address(e.member()), at);
      }
    }
  }

  /** Each lost node is a decision, and so a message, of its own; a repeated one changes nothing. */
  void tellLost(ClusterState state, Instant now) {
    Set<String> present = new HashSet<>();
    for (Member member : cluster.state().getMembers()) {
      if (!member.status().equals(MemberStatus.down())
          && !member.status().equals(MemberStatus.removed())) {
        present.add(address(member));
      }
    }
    watch
        .lost(state, present, now)
        .forEach(lost -> context.getSelf().tell(new LoseNode(lost.node(), lost.reason())));
  }

  /** Addresses of the members that run containers. */
  Set<String> workers() {
    Set<String> workers = new HashSet<>();
    for (Member member : cluster.state().getMembers()) {
      if (member.hasRole(Roles.WORKER) && member.status().equals(MemberStatus.up())) {
        workers.add(address(member));
      }
    }
    return workers;
  }

  private static String address(Member member) {
    return member.address().toString();
  }
}
