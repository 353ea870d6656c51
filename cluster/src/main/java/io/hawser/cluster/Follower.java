package io.hawser.cluster;

import io.hawser.cluster.entity.DeploymentEntity;
import io.hawser.cluster.entity.DeploymentEntity.View;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;

/** Follows one deployment's entity for a {@link HawserClient}; asks again when it falls silent. */
final class Follower extends AbstractBehavior<Follower.Command> {
  /** An entity is taken for lost after three missing keep-alives. */
  static final Duration SILENCE =
      Duration.ofSeconds(DeploymentEntity.FOLLOW_KEEP_ALIVE_SECONDS * 3L);

  interface Command {}

  enum End implements Command {
    END
  }

  private enum Silence implements Command {
    NOTICED
  }

  private record Seen(View view) implements Command {}

  private final EntityRef<DeploymentEntity.Command> entity;
  private final Consumer<View> views;
  private final ActorRef<View> self;

  static Behavior<Command> create(
      EntityRef<DeploymentEntity.Command> entity, Consumer<View> views) {
    return Behaviors.setup(context -> new Follower(context, entity, views));
  }

  private Follower(
      ActorContext<Command> context,
      EntityRef<DeploymentEntity.Command> entity,
      Consumer<View> views) {
    super(context);
    this.entity = entity;
    this.views = views;
    this.self = context.messageAdapter(View.class, Seen::new);
    context.setReceiveTimeout(SILENCE, Silence.NOTICED);
    entity.tell(new DeploymentEntity.Follow(self));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Seen.class, this::onSeen)
        .onMessage(Silence.class, m -> onSilence())
        .onMessage(End.class, m -> Behaviors.stopped())
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> onSeen(Seen seen) {
    views.accept(seen.view());
    return this;
  }

  private Behavior<Command> onSilence() {
    entity.tell(new DeploymentEntity.Follow(self));
    return this;
  }

  private Behavior<Command> onStop() {
    entity.tell(new DeploymentEntity.Unfollow(self));
    return this;
  }
}
