package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import io.hawser.cluster.Roles;
import io.hawser.model.NodeInfo;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.PodReport;
import java.util.List;
import java.util.Map;
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
    @JsonSubTypes.Type(value = SawEpoch.class, name = "saw-epoch"),
    @JsonSubTypes.Type(value = JournalRestored.class, name = "journal-restored"),
    @JsonSubTypes.Type(value = ReadConfig.class, name = "read-config"),
    @JsonSubTypes.Type(value = Subscribe.class, name = "subscribe"),
    @JsonSubTypes.Type(value = Unsubscribe.class, name = "unsubscribe"),
    @JsonSubTypes.Type(value = Locate.class, name = "locate"),
    @JsonSubTypes.Type(value = Explain.class, name = "explain"),
    @JsonSubTypes.Type(value = Plan.class, name = "plan"),
    @JsonSubTypes.Type(value = Rehearse.class, name = "rehearse"),
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
   *
   * @param number from the same growing series as those of {@link ReportPods}: a registration that
   *     was overtaken says nothing of pods any more; 0 from a node of an earlier version
   */
  public record RegisterNode(
      NodeInfo info, List<PodReport> pods, long number, ActorRef<NodeProtocol.Command> node)
      implements Command {}

  /**
   * What changed on a node. Sent again, with the same number, until {@link
   * NodeProtocol.ReportAccepted} comes; a report of an incarnation that is no longer registered is
   * answered by {@link NodeProtocol.RegisterAgain}.
   *
   * @param removedVolumes those of {@link NodeProtocol.Assign#volumesToRemove} of which nothing is
   *     left; said again whenever the node is told again to remove them
   */
  public record ReportPods(
      String node,
      String incarnation,
      long number,
      List<PodReport> pods,
      ActorRef<NodeProtocol.Command> replyTo,
      List<String> removedVolumes)
      implements Command {
    /** A node of an earlier version knows no volumes. */
    @JsonCreator
    public ReportPods {
      removedVolumes = removedVolumes == null ? List.of() : List.copyOf(removedVolumes);
    }

    public ReportPods(
        String node,
        String incarnation,
        long number,
        List<PodReport> pods,
        ActorRef<NodeProtocol.Command> replyTo) {
      this(node, incarnation, number, pods, replyTo, List.of());
    }
  }

  /** A node that missed a delta asks for its whole assignment. */
  public record ResyncNode(String node, String incarnation, ActorRef<NodeProtocol.Command> replyTo)
      implements Command {}

  /**
   * A node refused an order of an older epoch than it has seen. A scheduler of an older one, whose
   * journal was restored from a backup, then begins a newer one; any other does not care.
   */
  public record SawEpoch(long epoch) implements Command {}

  /**
   * The journal was replaced by a backup's: what the scheduler holds is no longer what was written.
   * It reads the journal anew, as after a failed write.
   */
  public record JournalRestored() implements Command {}

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
   * @param packed it can read a {@code PackedState}, as an earlier version cannot
   */
  public record Subscribe(
      long fromRevision, ActorRef<FeedProtocol.Message> subscriber, boolean packed)
      implements Command {}

  public record Unsubscribe(ActorRef<FeedProtocol.Message> subscriber) implements Command {}

  /** Where the scheduler runs. */
  public record Locate(ActorRef<Located> replyTo) implements Command {}

  /**
   * @param node the name of the node that hosts it
   * @param maxChars how long all objects together may be, by {@link
   *     io.hawser.cluster.state.ClusterState#chars}; 0 from a scheduler that does not tell
   */
  public record Located(String node, long epoch, long revision, long maxChars)
      implements ClusterMessage {}

  /** Why a pod is where it is, or nowhere. Answered from the state as it is now. */
  public record Explain(ObjectName pod, ActorRef<Explained> replyTo) implements Command {}

  /**
   * @param refusal why there is no answer
   * @param node where the pod is
   * @param unschedulable why it is nowhere, as last written
   * @param nodes the best first, then those that can't take it
   */
  public record Explained(
      Optional<String> refusal,
      Optional<String> node,
      Optional<String> unschedulable,
      List<NodeVerdict> nodes)
      implements ClusterMessage {}

  /**
   * What one node is to a pod.
   *
   * @param reasons why it can't take it; empty when it can
   * @param score the more the better
   * @param parts what the score is the sum of
   */
  public record NodeVerdict(
      String node, List<String> reasons, long score, Map<String, Long> parts) {}

  /**
   * Whether a request would be accepted, by the answer to it: its revision is that of no state.
   * Nothing is done.
   */
  public record Rehearse(ClientRequest request, ActorRef<Answer> replyTo) implements Command {}

  /**
   * What would be done at once about requests, without some nodes. Nothing is done.
   *
   * @param without names of nodes, lost before the first request
   */
  public record Plan(List<ClientRequest> requests, List<String> without, ActorRef<Planned> replyTo)
      implements Command {}

  /**
   * @param refusals of requests, and what keeps the plan from being complete
   */
  public record Planned(List<String> refusals, List<PlannedChange> changes)
      implements ClusterMessage {}

  /**
   * One pod of a plan.
   *
   * @param owner its kind and name; {@code Pod} for one made by hand
   * @param what one of the constants
   * @param node where it will be, or was
   * @param reason why it stays pending
   */
  public record PlannedChange(
      ObjectName pod, String owner, String what, Optional<String> node, String reason) {
    public static final String PLACED = "placed";
    public static final String PENDING = "pending";

    /** Asked to stop on its node. */
    public static final String STOPPED = "stopped";

    /** Goes once another pod serves in its place, which is planned beside it. */
    public static final String MOVES = "moves";

    /** Gone at once, with its node. */
    public static final String REMOVED = "removed";
  }

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
