package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.Limits;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Pod;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** {@code POST /apis/hawser.io/v1/rebalance}: pods move to where they score better. */
final class RebalanceApi {
  private static final int DEFAULT_MOVES = 10;
  private static final int MOST_MOVES = 1_000;
  private static final StatusError.Subject SUBJECT =
      new StatusError.Subject("hawser.io", "Rebalance", "");

  private final ClusterAccess cluster;
  private final Bodies bodies;
  private final Foresight foresight;

  RebalanceApi(ClusterAccess cluster, Bodies bodies, Foresight foresight) {
    this.cluster = cluster;
    this.bodies = bodies;
    this.foresight = foresight;
  }

  private record Asked(ClientRequest.Rebalance request, boolean dryRun) {}

  /** The body has {@code maxMoves}, and {@code dryRun}: then the answer is a plan. */
  CompletionStage<HttpResponse> handle(ApiRequest request) {
    return bodies
        .tree(request)
        .thenApply(tree -> read(Documents.requireObject(tree)))
        .thenCompose(
            asked -> asked.dryRun() ? foresight.plan(asked.request()) : rebalance(asked.request()));
  }

  private static Asked read(ObjectNode body) {
    Causes causes = new Causes();
    Fields fields = Fields.of(body, causes);
    int moves = fields.integer("maxMoves", DEFAULT_MOVES, 1, MOST_MOVES);
    boolean dryRun = fields.bool("dryRun").orElse(false);
    fields.end();
    causes.throwIfAny(SUBJECT);
    return new Asked(new ClientRequest.Rebalance(moves), dryRun);
  }

  private CompletionStage<HttpResponse> rebalance(ClientRequest.Rebalance request) {
    return cluster
        .view()
        .thenCompose(
            before ->
                cluster
                    .submit(request, SUBJECT)
                    .thenCompose(done -> cluster.await(done.revision(), Limits.REPLICA_TIMEOUT))
                    .thenApply(after -> answer(after.state(), before.state().revision())));
  }

  /** The moves that began after a revision and still go on. */
  private static HttpResponse answer(ClusterState state, long since) {
    ObjectNode answer = Json.object("Rebalance", "hawser.io/v1");
    ArrayNode moves = answer.putArray("moves");
    for (var name : state.moving()) {
      Pod pod = state.pods().get(name);
      boolean isNew = pod.meta().resourceVersion() > since;
      if (isNew && pod.move().orElseThrow().reason().equals("rebalanced")) {
        ObjectNode move = moves.addObject().put("namespace", name.namespace());
        move.put("pod", name.name()).put("node", pod.nodeName().orElse(""));
      }
    }
    return Responses.ok(answer);
  }
}
