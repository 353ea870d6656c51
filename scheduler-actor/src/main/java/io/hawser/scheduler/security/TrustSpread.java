package io.hawser.scheduler.security;

import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.protocol.SecurityProtocol.Command;
import io.hawser.cluster.protocol.SecurityProtocol.TellTrust;
import io.hawser.cluster.protocol.SecurityProtocol.TrustInstalled;
import io.hawser.cluster.security.Trust;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.cluster.typed.Subscribe;

/** Tells the members whom to believe, and who of them has said that it does. */
final class TrustSpread {
  private final ActorContext<Command> context;
  private final Map<String, TrustInstalled> installed = new HashMap<>();

  /** Somebody has become a member: it is told. */
  record MemberCame(ClusterEvent.MemberUp event) implements Command {}

  TrustSpread(ActorContext<Command> context) {
    this.context = context;
  }

  void follow() {
    Cluster.get(context.getSystem())
        .subscriptions()
        .tell(
            Subscribe.create(
                context.messageAdapter(ClusterEvent.MemberUp.class, MemberCame::new),
                ClusterEvent.MemberUp.class));
  }

  void toAll(Trust trust) {
    members().forEach(member -> to(member, trust));
  }

  /** Lost when it is not there yet; it asks by itself when it looks after its certificate. */
  void to(String member, Trust trust) {
    ActorRef<TellTrust> certificates =
        ActorRefResolver.get(context.getSystem())
            .resolveActorRef(member + "/user/" + SecurityProtocol.CERTIFICATES);
    certificates.tell(new TellTrust(trust, context.getSelf()));
  }

  void done(TrustInstalled done) {
    installed.put(done.member(), done);
  }

  /** Members that have not said that they are as far. */
  List<String> waitingFor(Predicate<TrustInstalled> asFar) {
    return members().stream()
        .filter(
            member -> {
              TrustInstalled done = installed.get(member);
              return done == null || !asFar.test(done);
            })
        .toList();
  }

  /** Its connections end, and new ones are refused by whoever was told. */
  void throwOut(String address) {
    if (!address.isEmpty()) {
      Cluster.get(context.getSystem())
          .manager()
          .tell(new Down(AddressFromURIString.parse(address)));
    }
  }

  private List<String> members() {
    return StreamSupport.stream(
            Cluster.get(context.getSystem()).state().getMembers().spliterator(), false)
        .filter(member -> member.status().equals(MemberStatus.up()))
        .map(member -> member.address().toString())
        .toList();
  }
}
