package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import io.hawser.cluster.Roles;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectKey;
import io.hawser.model.PodReport;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.ClusterSingletonSettings;
import org.apache.pekko.cluster.typed.SingletonActor;

/** What may be said to the scheduler from anywhere in the cluster, and how to reach it. */
public final class SchedulerProtocol {
  public static final String SINGLETON_NAME = "scheduler";

  private SchedulerProtocol() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Submit.class, name = "submit"),
    @JsonSubTypes.Type(value = RegisterNode.class, name = "register-node"),
    @JsonSubTypes.Type(value = ReportPods.class, name = "report-pods"),
    @JsonSubTypes.Type(value = ResyncNode.class, name = "resync-node"),
    @JsonSubTypes.Type(value = ReadConfig.class, name = "read-config"),
    @JsonSubTypes.Type(value = Subscribe.class, name = "subscribe"),
    @JsonSubTypes.Type(value = Unsubscribe.class, name = "unsubscribe"),
    @JsonSubTypes.Type(value = Locate.class, name = "locate"),
  })
  public interface Command extends ClusterMessage {}

  /** A user's request. Answered once its events are durable. */
  public record Submit(ClientRequest request, ActorRef<Answer> replyTo, Optional<String> requestId)
      implements Command {
    /**
     * @param requestId the same for every try of one request: whatever scheduler gets it, it is
     *     carried out once and every try gets the same answer. Empty: each try is a request
     */
    @JsonCreator
    public Submit {
      requestId = requestId == null ? Optional.empty() : requestId;
    }

    public Submit(ClientRequest request, ActorRef<Answer> replyTo) {
      this(request, replyTo, Optional.empty());
    }
  }

  /**
   * A node says that it is here and what it runs, after it joined and whenever it finds a new
   * scheduler. Answered by {@link NodeProtocol.Assign} to {@code node}.
   */
  public record RegisterNode(
      NodeInfo info, List<PodReport> pods, ActorRef<NodeProtocol.Command> node)
      implements Command {}

  /**
   * What changed on a node. Sent again, with the same number, until {@link
   * NodeProtocol.ReportAccepted} comes; a report of an incarnation that is no longer registered is
   * answered by {@link NodeProtocol.RegisterAgain}.
   */
  public record ReportPods(
      String node,
      String incarnation,
      long number,
      List<PodReport> pods,
      ActorRef<NodeProtocol.Command> replyTo)
      implements Command {}

  /** A node that missed a delta asks for its whole assignment. */
  public record ResyncNode(String node, String incarnation, ActorRef<NodeProtocol.Command> replyTo)
      implements Command {}

  /**
   * A node asks for a config map or secret that a pod of its needs; it gets none that its pods do
   * not refer to. Answered by {@link NodeProtocol.ConfigRead}, one object in one message: two would
   * not surely fit into a frame.
   */
  public record ReadConfig(String node, ObjectKey key, ActorRef<NodeProtocol.ConfigRead> replyTo)
      implements Command {}

  /**
   * Follow the state: answered by the events after {@code fromRevision}, or by a snapshot when
   * those are no longer at hand, and then by every event, with a keep-alive each second.
   *
   * @param fromRevision what the subscriber has; 0 for nothing
   */
  public record Subscribe(long fromRevision, ActorRef<FeedProtocol.Message> subscriber)
      implements Command {}

  public record Unsubscribe(ActorRef<FeedProtocol.Message> subscriber) implements Command {}

  /** Where the scheduler runs. */
  public record Locate(ActorRef<Located> replyTo) implements Command {}

  /**
   * @param node the name of the node that hosts it
   */
  public record Located(String node, long epoch, long revision) implements ClusterMessage {}

  /** A proxy to the singleton, from any member; it buffers while the singleton moves. */
  public static ActorRef<Command> proxy(ActorSystem<?> system) {
    return start(system, org.apache.pekko.actor.typed.javadsl.Behaviors.<Command>ignore());
  }

  /**
   * Starts the singleton's host here when this member is a controller; else only a proxy.
   *
   * @param scheduler what to run when this node is chosen
   */
  public static ActorRef<Command> start(ActorSystem<?> system, Behavior<Command> scheduler) {
    return ClusterSingleton.get(system)
        .init(
            SingletonActor.of(scheduler, SINGLETON_NAME)
                .withSettings(ClusterSingletonSettings.create(system).withRole(Roles.CONTROLLER)));
  }
}
