package io.hawser.cluster.entity;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import io.hawser.cluster.protocol.Answer;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.DeploymentStatus;
import io.hawser.model.ObjectName;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;

/**
 * The protocol of a deployment's sharded entity: what other JVM services talk to. The entity's id
 * is {@code namespace/name}; it lives on a member with the role gateway.
 */
public final class DeploymentEntity {
  /** The key's name, like the number of shards, can't change while a cluster runs. */
  public static final EntityTypeKey<Command> TYPE_KEY =
      EntityTypeKey.create(Command.class, "deployment");

  private DeploymentEntity() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Apply.class, name = "apply"),
    @JsonSubTypes.Type(value = Scale.class, name = "scale"),
    @JsonSubTypes.Type(value = Delete.class, name = "delete"),
    @JsonSubTypes.Type(value = Get.class, name = "get"),
    @JsonSubTypes.Type(value = Follow.class, name = "follow"),
    @JsonSubTypes.Type(value = Unfollow.class, name = "unfollow"),
  })
  public interface Command extends ClusterMessage {}

  /** Creates the deployment, or changes it to this spec. */
  public record Apply(Map<String, String> labels, DeploymentSpec spec, ActorRef<Answer> replyTo)
      implements Command {}

  public record Scale(int replicas, ActorRef<Answer> replyTo) implements Command {}

  public record Delete(ActorRef<Answer> replyTo) implements Command {}

  public record Get(ActorRef<View> replyTo) implements Command {}

  /**
   * The present view and every later one, until {@link Unfollow} or the follower's end. After the
   * entity has moved (its node was lost) the follower hears nothing more: follow again when no view
   * has come for {@link #FOLLOW_KEEP_ALIVE_SECONDS} × 3.
   */
  public record Follow(ActorRef<View> follower) implements Command {}

  public record Unfollow(ActorRef<View> follower) implements Command {}

  /** A view is sent at least this often to every follower. */
  public static final int FOLLOW_KEEP_ALIVE_SECONDS = 2;

  /**
   * A deployment as it is now.
   *
   * @param spec empty when there is no such deployment
   * @param revision the state it was read from; grows
   */
  public record View(
      ObjectName name,
      long revision,
      Optional<DeploymentSpec> spec,
      long generation,
      DeploymentStatus status)
      implements ClusterMessage {
    /** All wanted pods are of the current revision and available. */
    public boolean isComplete() {
      return spec.isPresent()
          && status.observedGeneration() >= generation
          && status.updatedReplicas() == spec.get().replicas()
          && status.availableReplicas() == spec.get().replicas()
          && status.replicas() == spec.get().replicas();
    }
  }
}
