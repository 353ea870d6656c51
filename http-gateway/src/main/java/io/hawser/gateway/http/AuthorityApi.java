package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.protocol.SecurityProtocol.AuthorityAnswer;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** The cluster's authority, for operators: replaced in steps, and nodes thrown out. */
final class AuthorityApi {
  private record Change(Optional<String> step, Optional<String> revoke) {}

  private final ClusterAccess cluster;
  private final Bodies bodies;

  AuthorityApi(ClusterAccess cluster, Bodies bodies) {
    this.cluster = cluster;
    this.bodies = bodies;
  }

  CompletionStage<HttpResponse> read(ActorRef<SecurityProtocol.Command> security) {
    return ask(security, SecurityProtocol.ReadAuthority::new);
  }

  /** {@code {"step": "add|use|drop"}} or {@code {"revoke": NODE}}. */
  CompletionStage<HttpResponse> change(
      ActorRef<SecurityProtocol.Command> security, ApiRequest request) {
    return bodies
        .read(
            request, "Authority", fields -> new Change(fields.text("step"), fields.text("revoke")))
        .thenCompose(
            change -> {
              if (change.step().isPresent() == change.revoke().isPresent()) {
                throw StatusError.badRequest("expected step or revoke");
              }
              return change.step().isPresent()
                  ? ask(
                      security,
                      replyTo -> new SecurityProtocol.ChangeAuthority(change.step().get(), replyTo))
                  : revoke(security, change.revoke().get());
            });
  }

  private CompletionStage<HttpResponse> revoke(
      ActorRef<SecurityProtocol.Command> security, String node) {
    return cluster
        .view()
        .thenCompose(
            view -> {
              String address =
                  view.state()
                      .node(node)
                      .map(known -> known.info().address())
                      .orElseThrow(() -> StatusError.badRequest("there is no node " + node));
              return ask(
                  security, replyTo -> new SecurityProtocol.RevokeNode(node, address, replyTo));
            });
  }

  private CompletionStage<HttpResponse> ask(
      ActorRef<SecurityProtocol.Command> security,
      Function<ActorRef<AuthorityAnswer>, SecurityProtocol.Command> message) {
    return cluster
        .<SecurityProtocol.Command, AuthorityAnswer>ask(
            security, message, OperatorApi.ANSWER_TIMEOUT, "the cluster's authority did not answer")
        .thenApply(
            answer -> {
              answer
                  .refusal()
                  .ifPresent(
                      why -> {
                        throw StatusError.of(409, "Conflict", why);
                      });
              ObjectNode node = Json.object("Authority", "hawser.io/v1");
              node.put("signer", answer.signer());
              answer.authorities().forEach(node.putArray("believed")::add);
              answer.waitingFor().forEach(node.putArray("waitingFor")::add);
              ObjectNode revoked = node.putObject("revoked");
              new TreeMap<>(answer.revoked())
                  .forEach((name, at) -> revoked.put(name, at.toString()));
              return Responses.ok(node);
            });
  }
}
