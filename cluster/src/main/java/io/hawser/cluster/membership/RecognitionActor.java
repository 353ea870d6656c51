package io.hawser.cluster.membership;

import io.hawser.cluster.SteadyClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntSupplier;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent.CurrentClusterState;
import org.apache.pekko.cluster.typed.Cluster;

/** Ends a membership that the others do not know, so that the node's program joins again. */
public final class RecognitionActor {
  private static final Duration EVERY = Duration.ofSeconds(5);

  private enum Look {
    NOW
  }

  private RecognitionActor() {}

  /**
   * @param voters how many keep the journal, 0 while this node's own replica reaches no majority of
   *     them or there is none; must not block
   */
  public static Behavior<Void> create(IntSupplier voters) {
    return Behaviors.<Object>setup(
            context ->
                Behaviors.withTimers(
                    timers -> {
                      timers.startTimerWithFixedDelay(Look.NOW, EVERY);
                      Recognition recognition = new Recognition();
                      Clock clock = new SteadyClock();
                      return Behaviors.receiveMessage(
                          look -> look(context, recognition, voters, clock.instant()));
                    }))
        .unsafeCast();
  }

  private static Behavior<Object> look(
      ActorContext<Object> context, Recognition recognition, IntSupplier voters, Instant now) {
    Cluster cluster = Cluster.get(context.getSystem());
    Set<Address> others = reachable(cluster.state());
    others.remove(cluster.selfMember().address());
    boolean splinter = Splinter.is(cluster.state(), voters.getAsInt());
    if (recognition.isUnknown(others, cluster.state().getSeenBy(), splinter, now)) {
      context
          .getLog()
          .warn(
              "The other members do not know this one for {}; it joins again",
              Recognition.PATIENCE);
      CoordinatedShutdown.get(context.getSystem())
          .runAll(CoordinatedShutdown.clusterDowningReason());
      return Behaviors.stopped();
    }
    return Behaviors.same();
  }

  private static Set<Address> reachable(CurrentClusterState state) {
    Set<Address> addresses = new HashSet<>();
    state.getMembers().forEach(member -> addresses.add(member.address()));
    state.getUnreachable().forEach(member -> addresses.remove(member.address()));
    return addresses;
  }
}
