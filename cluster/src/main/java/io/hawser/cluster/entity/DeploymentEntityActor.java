package io.hawser.cluster.entity;

import io.hawser.cluster.Roles;
import io.hawser.cluster.entity.DeploymentEntity.Command;
import io.hawser.cluster.entity.DeploymentEntity.View;
import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.ObjectName;
import io.hawser.model.Refusal;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.sharding.typed.ClusterShardingSettings;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;

/**
 * One deployment as other JVM services see it: changes go to the scheduler, views come from this
 * JVM's replica. Holds no state of its own, so it may be lost and started elsewhere at any time.
 */
public final class DeploymentEntityActor extends AbstractBehavior<Command> {
  /** How long the scheduler may take to answer. */
  public static final Duration SUBMIT_TIMEOUT = Duration.ofSeconds(10);

  /** How long the replica of the same JVM may take to answer. */
  static final Duration REPLICA_TIMEOUT = Duration.ofSeconds(3);

  /** An entity that nobody follows and nobody spoke to for so long is put away. */
  static final Duration IDLE_BEFORE_PASSIVATION = Duration.ofMinutes(2);

  /** Most followers of one deployment; further ones get the present view and no more. */
  static final int MAX_FOLLOWERS = 256;

  private static final Duration KEEP_ALIVE =
      Duration.ofSeconds(DeploymentEntity.FOLLOW_KEEP_ALIVE_SECONDS);

  private record Submitted(
      Answer answer, Optional<DeploymentEntity.Apply> retry, ActorRef<Answer> replyTo)
      implements Command {}

  private record Known(Optional<ReplicaProtocol.View> view, DeploymentEntity.Command of)
      implements Command {}

  private record Changed(ReplicaProtocol.WatchMessage message) implements Command {}

  private record Refreshed(Optional<ReplicaProtocol.View> view) implements Command {}

  private enum KeepAlive implements Command {
    DUE
  }

  private enum Stop implements Command {
    STOP
  }

  private final ObjectName name;
  private final ActorRef<ReplicaProtocol.Command> replica;
  private final ActorRef<SchedulerProtocol.Command> scheduler;
  private final ActorRef<ClusterSharding.ShardCommand> shard;
  private final ActorRef<ReplicaProtocol.WatchMessage> watcher;
  private final Set<ActorRef<View>> followers = new LinkedHashSet<>();
  private Optional<ClusterState> latest = Optional.empty();
  private boolean watching;
  private Duration idle = Duration.ZERO;

  /**
   * Hosts deployment entities on this member, which has the role gateway.
   *
   * @param replica of this JVM
   */
  public static void init(
      ActorSystem<?> system,
      ActorRef<ReplicaProtocol.Command> replica,
      ActorRef<SchedulerProtocol.Command> scheduler) {
    ClusterSharding.get(system)
        .init(
            Entity.of(
                    DeploymentEntity.TYPE_KEY,
                    entity ->
                        create(
                            ObjectName.parse(entity.getEntityId()),
                            replica,
                            scheduler,
                            entity.getShard()))
                .withRole(Roles.GATEWAY)
                .withStopMessage(Stop.STOP)
                // The automatic passivation counts messages from outside only and would put away
                // an entity that merely has followers.
                .withSettings(ClusterShardingSettings.create(system).withNoPassivationStrategy()));
  }

  static Behavior<Command> create(
      ObjectName name,
      ActorRef<ReplicaProtocol.Command> replica,
      ActorRef<SchedulerProtocol.Command> scheduler,
      ActorRef<ClusterSharding.ShardCommand> shard) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(KeepAlive.DUE, KeepAlive.DUE, KEEP_ALIVE);
                  return new DeploymentEntityActor(context, name, replica, scheduler, shard);
                }));
  }

  private DeploymentEntityActor(
      ActorContext<Command> context,
      ObjectName name,
      ActorRef<ReplicaProtocol.Command> replica,
      ActorRef<SchedulerProtocol.Command> scheduler,
      ActorRef<ClusterSharding.ShardCommand> shard) {
    super(context);
    this.name = name;
    this.replica = replica;
    this.scheduler = scheduler;
    this.shard = shard;
    this.watcher = context.messageAdapter(ReplicaProtocol.WatchMessage.class, Changed::new);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(DeploymentEntity.Apply.class, this::onApply)
        .onMessage(DeploymentEntity.Scale.class, this::onScale)
        .onMessage(DeploymentEntity.Delete.class, this::onDelete)
        .onMessage(DeploymentEntity.Get.class, this::onGet)
        .onMessage(DeploymentEntity.Follow.class, this::onFollow)
        .onMessage(DeploymentEntity.Unfollow.class, this::onUnfollow)
        .onMessage(Known.class, this::onKnown)
        .onMessage(Submitted.class, this::onSubmitted)
        .onMessage(Changed.class, this::onChanged)
        .onMessage(Refreshed.class, this::onRefreshed)
        .onMessage(KeepAlive.class, m -> onKeepAlive())
        .onMessage(Stop.class, m -> Behaviors.stopped())
        .build();
  }

  private Behavior<Command> onApply(DeploymentEntity.Apply apply) {
    idle = Duration.ZERO;
    askReplica(apply);
    return this;
  }

  private Behavior<Command> onScale(DeploymentEntity.Scale scale) {
    idle = Duration.ZERO;
    submit(
        new ClientRequest.ScaleDeployment(name, scale.replicas(), Optional.empty()),
        Optional.empty(),
        scale.replyTo());
    return this;
  }

  private Behavior<Command> onDelete(DeploymentEntity.Delete delete) {
    idle = Duration.ZERO;
    submit(
        new ClientRequest.DeleteDeployment(name, Optional.empty(), false),
        Optional.empty(),
        delete.replyTo());
    return this;
  }

  private Behavior<Command> onGet(DeploymentEntity.Get get) {
    idle = Duration.ZERO;
    askReplica(get);
    return this;
  }

  private Behavior<Command> onFollow(DeploymentEntity.Follow follow) {
    idle = Duration.ZERO;
    if (followers.size() < MAX_FOLLOWERS && followers.add(follow.follower())) {
      getContext().watchWith(follow.follower(), new DeploymentEntity.Unfollow(follow.follower()));
    }
    askReplica(follow);
    return this;
  }

  private Behavior<Command> onUnfollow(DeploymentEntity.Unfollow unfollow) {
    getContext().unwatch(unfollow.follower());
    followers.remove(unfollow.follower());
    if (followers.isEmpty() && watching) {
      watching = false;
      replica.tell(new ReplicaProtocol.Unwatch(watcher));
    }
    return this;
  }

  private void askReplica(Command of) {
    getContext()
        .ask(
            ReplicaProtocol.View.class,
            replica,
            REPLICA_TIMEOUT,
            ReplicaProtocol.GetState::new,
            (view, failure) -> new Known(Optional.ofNullable(view), of));
  }

  private Behavior<Command> onKnown(Known known) {
    known
        .view()
        .filter(ReplicaProtocol.View::isKnown)
        .ifPresent(v -> latest = Optional.of(newest(v.state())));
    if (known.of() instanceof DeploymentEntity.Get get) {
      latest.ifPresent(state -> get.replyTo().tell(view(state)));
    } else if (known.of() instanceof DeploymentEntity.Follow follow) {
      latest.ifPresent(state -> follow.follower().tell(view(state)));
      watch();
    } else if (known.of() instanceof DeploymentEntity.Apply apply) {
      boolean exists = latest.flatMap(state -> state.deployment(name)).isPresent();
      submit(exists ? update(apply) : create(apply), Optional.of(apply), apply.replyTo());
    }
    return this;
  }

  private ClientRequest create(DeploymentEntity.Apply apply) {
    return new ClientRequest.CreateDeployment(name, apply.labels(), Map.of(), apply.spec());
  }

  private ClientRequest update(DeploymentEntity.Apply apply) {
    Map<String, String> annotations =
        latest
            .flatMap(state -> state.deployment(name))
            .map(d -> d.meta().annotations())
            .orElse(Map.of());
    return new ClientRequest.UpdateDeployment(
        name, apply.labels(), annotations, apply.spec(), Optional.empty(), Optional.empty());
  }

  private void submit(
      ClientRequest request, Optional<DeploymentEntity.Apply> retry, ActorRef<Answer> replyTo) {
    Answer unanswered =
        new Answer.Refused(
            Refusal.of(
                Refusal.Reason.UNAVAILABLE,
                "the scheduler did not answer within %d s; whether the change was made is not known"
                    .formatted(SUBMIT_TIMEOUT.toSeconds())));
    getContext()
        .ask(
            Answer.class,
            scheduler,
            SUBMIT_TIMEOUT,
            ref -> new SchedulerProtocol.Submit(request, ref),
            (answer, failure) ->
                new Submitted(answer == null ? unanswered : answer, retry, replyTo));
  }

  /** The replica may be behind: what it did not know of may exist, and the other way round. */
  private Behavior<Command> onSubmitted(Submitted submitted) {
    if (submitted.retry().isPresent() && submitted.answer() instanceof Answer.Refused refused) {
      DeploymentEntity.Apply apply = submitted.retry().get();
      if (refused.refusal().reason() == Refusal.Reason.ALREADY_EXISTS) {
        submit(update(apply), Optional.empty(), submitted.replyTo());
        return this;
      } else if (refused.refusal().reason() == Refusal.Reason.NOT_FOUND) {
        submit(create(apply), Optional.empty(), submitted.replyTo());
        return this;
      }
    }
    submitted.replyTo().tell(submitted.answer());
    return this;
  }

  private void watch() {
    if (!watching && !followers.isEmpty() && latest.isPresent()) {
      watching = true;
      replica.tell(new ReplicaProtocol.Watch(latest.get().revision(), watcher));
    }
  }

  private Behavior<Command> onChanged(Changed changed) {
    if (changed.message() instanceof ReplicaProtocol.Change change) {
      View before = view(latest.orElse(change.before()));
      latest = Optional.of(newest(change.after()));
      View now = view(latest.get());
      if (!same(before, now)) {
        followers.forEach(f -> f.tell(now));
      }
    } else if (changed.message() instanceof ReplicaProtocol.Expired) {
      watching = false;
      refresh();
    }
    return this;
  }

  private Behavior<Command> onRefreshed(Refreshed refreshed) {
    refreshed
        .view()
        .filter(ReplicaProtocol.View::isKnown)
        .ifPresent(v -> latest = Optional.of(newest(v.state())));
    watch();
    return this;
  }

  private void refresh() {
    getContext()
        .ask(
            ReplicaProtocol.View.class,
            replica,
            REPLICA_TIMEOUT,
            ReplicaProtocol.GetState::new,
            (view, failure) -> new Refreshed(Optional.ofNullable(view)));
  }

  private Behavior<Command> onKeepAlive() {
    if (followers.isEmpty()) {
      idle = idle.plus(KEEP_ALIVE);
      if (idle.compareTo(IDLE_BEFORE_PASSIVATION) >= 0) {
        shard.tell(new ClusterSharding.Passivate<>(getContext().getSelf()));
      }
    } else {
      latest.ifPresent(state -> followers.forEach(f -> f.tell(view(state))));
      if (!watching) {
        refresh();
      }
    }
    return this;
  }

  private ClusterState newest(ClusterState other) {
    return latest.filter(state -> state.revision() > other.revision()).orElse(other);
  }

  private static boolean same(View a, View b) {
    return a.spec().equals(b.spec())
        && a.generation() == b.generation()
        && a.status().equals(b.status());
  }

  private View view(ClusterState state) {
    Optional<Deployment> deployment = state.deployment(name);
    return new View(
        name,
        state.revision(),
        deployment.map(Deployment::spec),
        deployment.map(d -> d.meta().generation()).orElse(0L),
        deployment.map(Deployment::status).orElse(DeploymentStatus.NONE));
  }
}
