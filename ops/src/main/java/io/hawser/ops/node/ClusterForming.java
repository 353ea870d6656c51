package io.hawser.ops.node;

import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.Roles;
import io.hawser.ops.local.DurableFiles;
import io.hawser.persistence.HawserStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.apache.pekko.cluster.typed.Subscribe;

/**
 * Joins this node to its cluster. Whoever leads the journal forms the cluster when there is none: a
 * majority of the controllers stands behind it, so there can't be two, and no machine is needed
 * whose name was on a list once. The others ask every member they have ever heard of.
 */
final class ClusterForming {
  /** How often a node that is no member looks whether it has become the journal's leader. */
  static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

  /**
   * How soon a node that is no member asks again to be let in, twice as late each time up to the
   * bound. Asking anew throws the answer to the last question away: on a machine so busy that an
   * answer takes longer than a fixed wait nobody would ever be let in.
   */
  static final Duration RETRY = Duration.ofMillis(300);

  static final Duration MAX_RETRY = Duration.ofMillis(2400);

  /** Addresses remembered for the next start. */
  private static final int MAX_REMEMBERED = 32;

  private final NodeOptions options;
  private final ActorContext<Message> context;
  private final TimerScheduler<Message> timers;
  private final Optional<HawserStore> store;
  private boolean forming;
  private boolean hasLeader;
  private Duration wait = Duration.ZERO;
  private long askedAtNanos = System.nanoTime();

  private sealed interface Message {}

  private enum Look implements Message {
    NOW
  }

  private record Changed(ClusterEvent.MemberEvent event) implements Message {}

  private ClusterForming(
      NodeOptions options, ActorContext<Message> context, TimerScheduler<Message> timers) {
    this.options = options;
    this.context = context;
    this.timers = timers;
    this.store =
        options.isController() && StoreConfig.isOwn(options)
            ? Optional.of(HawserStore.get(context.getSystem()))
            : Optional.empty();
  }

  static Behavior<?> create(NodeOptions options) {
    return Behaviors.<Message>setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  ClusterForming forming = new ClusterForming(options, context, timers);
                  Cluster.get(context.getSystem())
                      .subscriptions()
                      .tell(
                          Subscribe.create(
                              context.messageAdapter(ClusterEvent.MemberEvent.class, Changed::new),
                              ClusterEvent.MemberEvent.class));
                  timers.startTimerWithFixedDelay(Look.NOW, Look.NOW, Duration.ZERO, LOOK_INTERVAL);
                  return Behaviors.receive(Message.class)
                      .onMessage(Look.class, look -> forming.look())
                      .onMessage(Changed.class, changed -> forming.remember())
                      .build();
                }));
  }

  private Behavior<Message> look() {
    Cluster cluster = Cluster.get(context.getSystem());
    if (!cluster.selfMember().status().equals(MemberStatus.removed())) {
      // A member stays one for as long as this actor system runs.
      timers.cancel(Look.NOW);
      return Behaviors.same();
    }
    boolean mayForm = store.map(HawserStore::isLeader).orElseGet(this::isFirstOfTheList);
    // Before the journal has a leader there is most likely nobody who could let this node in.
    boolean led = store.flatMap(HawserStore::leader).isPresent();
    if (led && !hasLeader) {
      wait = Duration.ZERO;
    }
    hasLeader = led;
    // Who forms waits for the others' answers and is not disturbed while it leads.
    if (mayForm ? !forming : forming || System.nanoTime() - askedAtNanos >= wait.toNanos()) {
      forming = mayForm;
      askedAtNanos = System.nanoTime();
      wait = later(wait);
      List<Address> seeds = seeds(cluster, mayForm);
      if (!seeds.isEmpty()) {
        cluster.manager().tell(new JoinSeedNodes(seeds));
      }
    }
    return Behaviors.same();
  }

  private static Duration later(Duration wait) {
    if (wait.isZero()) {
      return RETRY;
    }
    Duration twice = wait.multipliedBy(2);
    return twice.compareTo(MAX_RETRY) < 0 ? twice : MAX_RETRY;
  }

  /**
   * With a database there is no leader to ask for: then Pekko's own rule, the first of the list.
   */
  private boolean isFirstOfTheList() {
    return options.isController()
        && !StoreConfig.isOwn(options)
        && options.join().get(0).equals(options.listen() + ":" + options.port());
  }

  /** Pekko's rule: only the first of the list may form a new cluster, after asking the others. */
  private List<Address> seeds(Cluster cluster, boolean first) {
    Address self = cluster.selfMember().address();
    Set<Address> seeds = new LinkedHashSet<>();
    remembered().forEach(seed -> seeds.add(address(seed)));
    options.join().forEach(seed -> seeds.add(address(seed)));
    seeds.remove(self);
    List<Address> all = new ArrayList<>(seeds);
    if (first) {
      all.add(0, self);
    }
    return all;
  }

  private static Address address(String hostPort) {
    return AddressFromURIString.parse("pekko://" + ClusterConfig.SYSTEM + "@" + hostPort);
  }

  private List<String> remembered() {
    try {
      Path file = file();
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      context.getLog().warn("{} can't be read: only --join is asked", file(), e);
      return List.of();
    }
  }

  private Path file() {
    return options.dir().resolve("members");
  }

  /** Written beside this actor: a slow disk holds nobody up. */
  private Behavior<Message> remember() {
    List<String> members = new ArrayList<>();
    for (Member member : Cluster.get(context.getSystem()).state().getMembers()) {
      if (member.status().equals(MemberStatus.up())) {
        String hostPort = member.address().hostPort().replaceFirst("^.*@", "");
        members.add(member.hasRole(Roles.CONTROLLER) ? 0 : members.size(), hostPort);
      }
    }
    if (!members.isEmpty()) {
      String text = String.join("\n", members.subList(0, Math.min(MAX_REMEMBERED, members.size())));
      context
          .getSystem()
          .dispatchers()
          .lookup(DispatcherSelector.blocking())
          .execute(() -> write(text));
    }
    return Behaviors.same();
  }

  private synchronized void write(String text) {
    try {
      DurableFiles.write(file(), (text + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      org.slf4j.LoggerFactory.getLogger(ClusterForming.class)
          .warn("{} can't be written", file(), e);
    }
  }
}
