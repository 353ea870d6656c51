package io.hawser.cluster.protocol;

import io.hawser.model.DrillReport;
import io.hawser.model.Refusal;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;

/** What the gateway says to the DrillActor of its own JVM; never crosses nodes. */
public final class DrillProtocol {
  private DrillProtocol() {}

  public interface Command {}

  /**
   * Starts a node-kill drill. Refused while another runs here, for an unknown or lost node, and for
   * the node this gateway runs on.
   *
   * @param probePort the pods' port to fetch pages from; empty: the first container port of each
   *     pod
   */
  public record StartNodeKill(String node, Optional<Integer> probePort, ActorRef<Started> replyTo)
      implements Command {}

  /** Exactly one is present. */
  public record Started(Optional<DrillReport> report, Optional<Refusal> refusal) {}

  public record GetReport(String id, ActorRef<Optional<DrillReport>> replyTo) implements Command {}

  public record ListReports(ActorRef<List<DrillReport>> replyTo) implements Command {}
}
