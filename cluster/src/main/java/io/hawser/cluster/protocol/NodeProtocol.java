package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import io.hawser.model.ApiObject;
import io.hawser.model.AssignedPod;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.model.Refusal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.SinkRef;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.util.ByteString;

/** What may be said to a machine's NodeActor from anywhere in the cluster, and how to reach it. */
public final class NodeProtocol {
  /** The NodeActor's path below the node's address. */
  public static final String PATH = "/user/node";

  private NodeProtocol() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Assign.class, name = "assign"),
    @JsonSubTypes.Type(value = AssignDelta.class, name = "assign-delta"),
    @JsonSubTypes.Type(value = ReportAccepted.class, name = "report-accepted"),
    @JsonSubTypes.Type(value = RegisterAgain.class, name = "register-again"),
    @JsonSubTypes.Type(value = ConfigChanged.class, name = "config-changed"),
    @JsonSubTypes.Type(value = OpenLog.class, name = "open-log"),
    @JsonSubTypes.Type(value = OpenExec.class, name = "open-exec"),
    @JsonSubTypes.Type(value = OpenAttach.class, name = "open-attach"),
    @JsonSubTypes.Type(value = ReadUsage.class, name = "read-usage"),
    @JsonSubTypes.Type(value = DescribeLaunch.class, name = "describe-launch"),
    @JsonSubTypes.Type(value = Crash.class, name = "crash"),
  })
  public interface Command extends ClusterMessage {}

  /**
   * The whole of what the node should run. Idempotent; one of an older epoch, or of the same epoch
   * and an older version, is ignored. Pods that it does not name are stopped.
   *
   * @param version the scheduler's revision when this node's assignment last changed
   * @param volumesToRemove names of volumes whose directories the node removes, once none of its
   *     pods has them any more, and then reports ({@link SchedulerProtocol.ReportPods}), also when
   *     they were not there. No other directory of a volume ever goes
   */
  public record Assign(
      long epoch, long version, List<AssignedPod> pods, List<String> volumesToRemove)
      implements Command {
    /** A scheduler of an earlier version knows no volumes. */
    @JsonCreator
    public Assign {
      volumesToRemove = volumesToRemove == null ? List.of() : List.copyOf(volumesToRemove);
    }

    public Assign(long epoch, long version, List<AssignedPod> pods) {
      this(epoch, version, pods, List.of());
    }
  }

  /**
   * What changed since {@code baseVersion}; a node that has another version asks for the whole by
   * {@link SchedulerProtocol.ResyncNode}.
   *
   * @param removed pods that no longer exist; the node stops what it still has of them
   * @param volumesToRemove all of them, as in {@link Assign}, not only those that are new
   */
  public record AssignDelta(
      long epoch,
      long baseVersion,
      long version,
      List<AssignedPod> changed,
      List<String> removed,
      List<String> volumesToRemove)
      implements Command {
    /** A scheduler of an earlier version knows no volumes. */
    @JsonCreator
    public AssignDelta {
      volumesToRemove = volumesToRemove == null ? List.of() : List.copyOf(volumesToRemove);
    }

    public AssignDelta(
        long epoch,
        long baseVersion,
        long version,
        List<AssignedPod> changed,
        List<String> removed) {
      this(epoch, baseVersion, version, changed, removed, List.of());
    }
  }

  /** The scheduler has this report in its journal (or it said nothing new). */
  public record ReportAccepted(long number) implements Command {}

  /**
   * A config map or secret that pods of this node refer to is another one now. Only a hint to ask
   * for it: nodes also look by themselves.
   */
  public record ConfigChanged(ObjectKey key) implements Command {}

  /**
   * @param object empty: it does not exist, or no pod of the node refers to it
   */
  public record ConfigRead(Optional<ApiObject> object) implements ClusterMessage {}

  /** The scheduler does not know this incarnation of the node. */
  public record RegisterAgain(long epoch) implements Command {}

  /**
   * @param container empty: the pod's only container
   * @param previous the start before the present one
   * @param sinceTime lines from then on
   */
  public record OpenLog(
      ObjectName pod,
      Optional<String> container,
      boolean follow,
      boolean previous,
      boolean timestamps,
      Optional<Integer> tailLines,
      Optional<Instant> sinceTime,
      Optional<Long> limitBytes,
      ActorRef<LogOpened> replyTo)
      implements Command {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = LogStream.class, name = "stream"),
    @JsonSubTypes.Type(value = LogRefused.class, name = "refused"),
  })
  public interface LogOpened extends ClusterMessage {}

  /** Lines as bytes, newline included; completes at the end of the log when not following. */
  public record LogStream(SourceRef<ByteString> lines) implements LogOpened {}

  public record LogRefused(Refusal refusal) implements LogOpened {}

  /**
   * Runs a command in a container. Both streams carry messages whose first byte is the channel, as
   * Kubernetes' {@code channel.k8s.io} protocols have it: 0 stdin, 1 stdout, 2 stderr, 3 the final
   * status as JSON ({@code metav1.Status}), 4 terminal size as JSON ({@code
   * {"Width":…,"Height":…}}). An end of the client's stdin is the message {@code 255, 0} (v5).
   */
  public record OpenExec(
      ObjectName pod,
      Optional<String> container,
      List<String> command,
      boolean stdin,
      boolean tty,
      ActorRef<ExecOpened> replyTo)
      implements Command {}

  /**
   * The streams of the container's own first process, framed as for {@link OpenExec}; the final
   * status says success also when the container failed: its own state tells that.
   */
  public record OpenAttach(
      ObjectName pod, Optional<String> container, boolean stdin, ActorRef<ExecOpened> replyTo)
      implements Command {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = ExecStreams.class, name = "streams"),
    @JsonSubTypes.Type(value = ExecRefused.class, name = "refused"),
  })
  public interface ExecOpened extends ClusterMessage {}

  public record ExecStreams(SinkRef<ByteString> input, SourceRef<ByteString> output)
      implements ExecOpened {}

  public record ExecRefused(Refusal refusal) implements ExecOpened {}

  /** What the node's containers use now; read anew when the last sample is not fresh. */
  public record ReadUsage(ActorRef<NodeUsage> replyTo) implements Command {}

  /**
   * @param cpuMillis thousandths of a core over the last sampling interval
   * @param containers by {@code namespace/pod/container}; one that was seen only once is left out
   */
  public record NodeUsage(
      String node,
      Instant at,
      long cpuMillis,
      long memoryBytes,
      Map<String, ContainerUsage> containers)
      implements ClusterMessage {}

  /**
   * @param windowMillis how long a time the cpu figure is the average of; 0 from an older node
   */
  public record ContainerUsage(long cpuMillis, long memoryBytes, long windowMillis) {}

  /** How the node starts, or would start, a container. Starts nothing. */
  public record DescribeLaunch(
      ObjectName pod, Optional<String> container, ActorRef<LaunchDescribed> replyTo)
      implements Command {}

  /**
   * @param refusal present: why there is nothing to tell
   * @param attempt which start of the container; the first is 0
   * @param calls in order, without the values of the environment
   */
  public record LaunchDescribed(Optional<Refusal> refusal, int attempt, List<LaunchCall> calls)
      implements ClusterMessage {}

  /**
   * One system call.
   *
   * @param step how an error would name it
   * @param arguments as text; {@code $N} is what call N returned
   * @param mayFail its failure is of no consequence
   */
  public record LaunchCall(String step, String syscall, List<String> arguments, boolean mayFail) {}

  /** Ends the node's JVM by SIGKILL, as a crash would. Only a drill sends it. */
  public record Crash(String drillId) implements Command {}

  /** The NodeActor at a node's address. Sending to a node that is gone loses the message. */
  public static ActorRef<Command> at(ActorSystem<?> system, String address) {
    return ActorRefResolver.get(system).resolveActorRef(address + PATH);
  }
}
