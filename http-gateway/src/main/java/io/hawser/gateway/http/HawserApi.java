package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.DrillProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol.Located;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.gateway.GatewaySettings;
import io.hawser.gateway.GatewayTls;
import io.hawser.gateway.Limits;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.DrillReport;
import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** Hawser's own API below {@code /apis/hawser.io/v1}: failover drills, plans, status. */
final class HawserApi {
  private static final String API_VERSION = "hawser.io/v1";

  private final GatewaySettings settings;
  private final ClusterAccess cluster;
  private final ActorRef<DrillProtocol.Command> drills;
  private final Bodies bodies;
  private final Foresight foresight;
  private final RebalanceApi rebalance;
  private final OperatorApi operators;
  private final PodLaunch launch;
  private volatile Optional<Secured> secured = Optional.empty();

  /** Where clients find TLS, and the certificate to trust. */
  private record Secured(String server, String certificatePem) {}

  HawserApi(
      GatewaySettings settings,
      ClusterAccess cluster,
      ActorRef<DrillProtocol.Command> drills,
      Bodies bodies) {
    this.settings = settings;
    this.cluster = cluster;
    this.drills = drills;
    this.bodies = bodies;
    this.foresight = new Foresight(cluster, bodies);
    this.rebalance = new RebalanceApi(cluster, bodies, foresight);
    this.operators = new OperatorApi(settings, cluster, bodies);
    this.launch = new PodLaunch(cluster);
  }

  void secured(int port, GatewayTls tls) {
    String server = "https://" + settings.host() + ":" + port;
    secured = Optional.of(new Secured(server, tls.certificatePem()));
  }

  /**
   * @param rest the path's parts after the version
   */
  CompletionStage<HttpResponse> handle(List<String> rest, ApiRequest request) {
    String route = request.method() + " " + rest.get(0) + "/" + rest.size();
    return switch (route) {
      case "GET status/1" -> status();
      case "GET drills/1" -> listDrills();
      case "GET drills/2" -> getDrill(rest.get(1));
      case "POST drills/1" -> startDrill(request);
      case "GET explain/3" -> foresight.explain(new ObjectName(rest.get(1), rest.get(2)));
      case "GET launch/3" -> launch.describe(new ObjectName(rest.get(1), rest.get(2)), request);
      case "POST plan/1" -> foresight.plan(request);
      case "POST rebalance/1" -> rebalance.handle(request);
      default ->
          operators
              .handle(route, rest, request)
              .orElseThrow(
                  () ->
                      StatusError.of(
                          404,
                          "NotFound",
                          request.method() + " " + request.path() + " is not served"));
    };
  }

  /** A machine that has a join token but no bearer token yet. */
  CompletionStage<HttpResponse> join(ApiRequest request) {
    return operators.join(request);
  }

  /** Who runs the scheduler, and what this gateway knows. Answers also without a scheduler. */
  private CompletionStage<HttpResponse> status() {
    CompletionStage<Optional<Located>> located =
        cluster.locate().thenApply(Optional::of).exceptionally(failure -> Optional.empty());
    return cluster
        .rawView()
        .thenCombine(located, (view, scheduler) -> Responses.ok(status(view, scheduler)));
  }

  private ObjectNode status(View view, Optional<Located> located) {
    ObjectNode node = Json.object("ClusterStatus", API_VERSION);
    node.put("gateway", settings.nodeName()).put("connected", view.connected());
    node.put("revision", view.state().revision());
    located.ifPresent(
        l ->
            node.putObject("scheduler")
                .put("node", l.node())
                .put("epoch", l.epoch())
                .put("revision", l.revision()));
    located
        .filter(l -> l.maxChars() > 0)
        .ifPresent(
            l ->
                node.putObject("objects")
                    .put("kib", view.state().chars() >> 10)
                    .put("maxKib", l.maxChars() >> 10));
    secured.ifPresent(
        s ->
            node.putObject("kubernetes")
                .put("server", s.server())
                .put(
                    "certificateAuthorityData",
                    Base64.getEncoder()
                        .encodeToString(s.certificatePem().getBytes(StandardCharsets.US_ASCII))));
    ArrayNode nodes = node.putArray("nodes");
    for (Node n : view.state().nodes().values()) {
      ObjectNode child = nodes.addObject().put("name", n.name()).put("ready", n.isReady());
      child.put("state", n.isReady() ? "Ready" : "Lost").put("reason", n.stateReason());
      child.put("since", n.since().toString()).put("unschedulable", n.unschedulable());
      child.put("ip", n.info().ip()).put("address", n.info().address());
      child.put("gateway", n.info().gatewayUrl()).put("podSubnet", n.info().podSubnet());
      n.info().roles().stream().sorted().forEach(child.withArray("roles")::add);
      child.put("pods", view.state().podsOn(n.name()).size()).put("maxPods", n.info().maxPods());
    }
    return node.put("pods", view.state().pods().size())
        .put("unplacedPods", view.state().unplaced().size())
        .put("deployments", view.state().deployments().size());
  }

  private <A> CompletionStage<A> askDrills(Function<ActorRef<A>, DrillProtocol.Command> message) {
    return cluster.ask(
        drills, message, Limits.NODE_TIMEOUT, "the drills of this node did not answer");
  }

  private CompletionStage<HttpResponse> listDrills() {
    return this.<List<DrillReport>>askDrills(DrillProtocol.ListReports::new)
        .thenApply(
            reports -> {
              ObjectNode list = Json.object("DrillList", API_VERSION);
              list.putObject("metadata");
              ArrayNode items = list.putArray("items");
              reports.forEach(r -> items.add(drill(r)));
              return Responses.ok(list);
            });
  }

  private CompletionStage<HttpResponse> getDrill(String id) {
    return this.<Optional<DrillReport>>askDrills(
            replyTo -> new DrillProtocol.GetReport(id, replyTo))
        .thenApply(
            report ->
                Responses.ok(
                    drill(
                        report.orElseThrow(
                            () ->
                                StatusError.notFound(
                                    new StatusError.Subject("hawser.io", "Drill", id),
                                    "drills")))));
  }

  private CompletionStage<HttpResponse> startDrill(ApiRequest request) {
    return bodies
        .tree(request)
        .thenCompose(
            tree -> {
              Order order = readOrder(Documents.requireObject(tree));
              refuseDryRun(request);
              return this.<DrillProtocol.Started>askDrills(
                  replyTo ->
                      new DrillProtocol.StartNodeKill(order.node(), order.probePort(), replyTo));
            })
        .thenApply(
            started -> {
              started
                  .refusal()
                  .ifPresent(
                      refusal -> {
                        throw StatusError.refused(
                            refusal, new StatusError.Subject("hawser.io", "Drill", ""));
                      });
              return Responses.of(201, drill(started.report().orElseThrow()), Accepted.JSON);
            });
  }

  private static void refuseDryRun(ApiRequest request) {
    if (!request.params("dryRun").isEmpty()) {
      throw StatusError.badRequest(
          "dryRun: not supported here; the request was valid and nothing was changed");
    }
  }

  private record Order(String node, Optional<Integer> probePort) {}

  private static Order readOrder(ObjectNode body) {
    Causes causes = new Causes();
    Fields fields = Fields.of(body, causes);
    fields.requiredText("kind", "expected node-kill");
    fields.oneOf("kind", List.of("node-kill"));
    String node = fields.requiredText("node", "expected the name of the node to kill");
    Optional<Integer> port = fields.number("probePort", 1, 65_535).map(Math::toIntExact);
    fields.end();
    causes.throwIfAny(new StatusError.Subject("hawser.io", "Drill", ""));
    return new Order(node, port);
  }

  private static ObjectNode drill(DrillReport report) {
    ObjectNode node = Json.object("Drill", API_VERSION);
    node.putObject("metadata")
        .put("name", report.id())
        .put("creationTimestamp", Json.time(report.startedAt()));
    node.put("id", report.id()).put("drill", report.kind()).put("node", report.node());
    node.put("outcome", report.outcome());
    Json.putIfSet(node, "failure", report.failure());
    node.put("schedulerWasHere", report.schedulerWasHere());
    node.put("startedAt", report.startedAt().toString());
    report.faultAt().ifPresent(at -> node.put("faultAt", at.toString()));
    report.finishedAt().ifPresent(at -> node.put("finishedAt", at.toString()));
    report.detectedMillis().ifPresent(ms -> node.put("detectedMillis", ms));
    report.replacedMillis().ifPresent(ms -> node.put("replacedMillis", ms));
    report.readyMillis().ifPresent(ms -> node.put("readyMillis", ms));
    report.podsLost().forEach(node.putArray("podsLost")::add);
    node.putObject("requests")
        .put("sent", report.requests().sent())
        .put("failed", report.requests().failed())
        .put("longestGapMillis", report.requests().longestGapMillis());
    ArrayNode steps = node.putArray("steps");
    report
        .steps()
        .forEach(s -> steps.addObject().put("atMillis", s.atMillis()).put("what", s.what()));
    return node;
  }
}
