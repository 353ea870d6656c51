package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.Roles;
import io.hawser.cluster.protocol.ControllerProtocol;
import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.protocol.SecurityProtocol.TokenInfo;
import io.hawser.gateway.GatewaySettings;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.stream.javadsl.StreamRefs;
import org.apache.pekko.util.ByteString;

/** Hawser's own API for operators: join tokens, controllers, the journal, backups. */
final class OperatorApi {
  /** A change of controllers sends the whole state to a new one first. */
  static final Duration CHANGE_TIMEOUT = Duration.ofSeconds(75);

  static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(12);
  private static final String API_VERSION = "hawser.io/v1";
  private static final long DEFAULT_TTL_SECONDS = 3_600;
  private static final int MAX_EVENTS = 1_000;

  private record JoinBody(String token, String csr, Set<String> roles) {}

  private record TokenBody(Set<String> roles, long ttlSeconds) {}

  private record ControllersBody(
      Optional<String> add, Optional<String> address, Optional<String> remove) {}

  private final GatewaySettings settings;
  private final ClusterAccess cluster;
  private final Bodies bodies;
  private final AuthorityApi authority;
  private volatile ActorRef<SecurityProtocol.Command> security;

  OperatorApi(GatewaySettings settings, ClusterAccess cluster, Bodies bodies) {
    this.settings = settings;
    this.cluster = cluster;
    this.bodies = bodies;
    this.authority = new AuthorityApi(cluster, bodies);
  }

  static boolean isJoin(ApiRequest request) {
    return request.method().equals("POST") && request.path().equals("/apis/hawser.io/v1/join");
  }

  /**
   * @param route method, first part and number of parts; empty when nothing here serves it
   */
  Optional<CompletionStage<HttpResponse>> handle(
      String route, List<String> rest, ApiRequest request) {
    return Optional.ofNullable(
        switch (route) {
          case "POST tokens/1" -> createToken(request);
          case "GET tokens/1" -> listTokens();
          case "DELETE tokens/2" -> revokeToken(rest.get(1));
          case "GET authority/1" -> authority.read(security());
          case "POST authority/1" -> authority.change(security(), request);
          case "GET controllers/1" -> controllers(ControllerProtocol.ListControllers::new, "");
          case "POST controllers/1" -> changeControllers(request);
          case "GET journal/1" -> listJournal();
          case "GET journal/2" -> readJournal(rest.get(1), request);
          case "GET why/4" -> why(rest.get(1), rest.get(2), rest.get(3));
          case "POST recovery/1" -> recover(request);
          case "GET backup/1" -> backUp();
          case "POST backup/1" -> restore(request);
          default -> null;
        });
  }

  private ActorRef<SecurityProtocol.Command> security() {
    if (!cluster.system().settings().config().hasPath(SecurityProtocol.ENABLED)) {
      throw StatusError.badRequest("this cluster runs without TLS: nodes join without a token");
    }
    if (security == null) {
      security = SecurityProtocol.proxy(cluster.system());
    }
    return security;
  }

  /** A machine shows a token and gets a certificate and what it needs to find the others. */
  CompletionStage<HttpResponse> join(ApiRequest request) {
    return bodies
        .read(
            request,
            "Join",
            fields ->
                new JoinBody(
                    fields.requiredText("token", "expected a join token"),
                    fields.requiredText("csr", "expected a certificate request in PEM"),
                    new TreeSet<>(fields.strings("roles"))))
        .thenCompose(
            body ->
                cluster.<SecurityProtocol.Command, SecurityProtocol.Signed>ask(
                    security(),
                    replyTo ->
                        new SecurityProtocol.Join(body.token(), body.csr(), body.roles(), replyTo),
                    ANSWER_TIMEOUT,
                    "the cluster's authority did not answer"))
        .thenApply(this::joined);
  }

  private HttpResponse joined(SecurityProtocol.Signed signed) {
    signed
        .refusal()
        .ifPresent(
            why -> {
              throw StatusError.of(403, "Forbidden", why);
            });
    ObjectNode node = Json.object("Joined", API_VERSION);
    node.put("certificate", signed.certificate()).put("authority", signed.authority());
    signed.authoritySecret().ifPresent(secret -> node.put("authoritySecret", secret));
    node.put("gatewayToken", settings.token());
    ObjectNode controllers = node.putObject("controllers");
    signed.controllers().forEach(controllers::put);
    ArrayNode seeds = node.putArray("seeds");
    members().forEach(member -> seeds.add(member.address().hostPort().replaceFirst("^.*@", "")));
    return Responses.ok(node);
  }

  /** Members that a new one may ask, controllers first. */
  private List<Member> members() {
    return StreamSupport.stream(
            Cluster.get(cluster.system()).state().getMembers().spliterator(), false)
        .filter(member -> member.status().equals(MemberStatus.up()))
        .sorted((a, b) -> Boolean.compare(isController(b), isController(a)))
        .toList();
  }

  private static boolean isController(Member member) {
    return member.hasRole(Roles.CONTROLLER);
  }

  private CompletionStage<HttpResponse> createToken(ApiRequest request) {
    return bodies
        .read(
            request,
            "Token",
            fields ->
                new TokenBody(
                    new TreeSet<>(fields.strings("roles")),
                    fields.number("ttlSeconds", 1, Integer.MAX_VALUE).orElse(DEFAULT_TTL_SECONDS)))
        .thenCompose(
            body ->
                askTokens(
                    replyTo ->
                        new SecurityProtocol.CreateToken(
                            body.roles().isEmpty()
                                ? Set.of(Roles.WORKER, Roles.GATEWAY)
                                : body.roles(),
                            body.ttlSeconds(),
                            replyTo)));
  }

  private CompletionStage<HttpResponse> revokeToken(String id) {
    return askTokens(replyTo -> new SecurityProtocol.RevokeToken(id, replyTo));
  }

  private CompletionStage<HttpResponse> askTokens(
      java.util.function.Function<ActorRef<SecurityProtocol.TokenAnswer>, SecurityProtocol.Command>
          message) {
    return cluster
        .<SecurityProtocol.Command, SecurityProtocol.TokenAnswer>ask(
            security(), message, ANSWER_TIMEOUT, "the cluster's authority did not answer")
        .thenApply(
            answer -> {
              answer
                  .refusal()
                  .ifPresent(
                      why -> {
                        throw StatusError.badRequest(why);
                      });
              ObjectNode node = token(answer.info().orElseThrow());
              answer.token().ifPresent(token -> node.put("token", token));
              return Responses.ok(node);
            });
  }

  private CompletionStage<HttpResponse> listTokens() {
    return cluster
        .<SecurityProtocol.Command, SecurityProtocol.Tokens>ask(
            security(),
            SecurityProtocol.ListTokens::new,
            ANSWER_TIMEOUT,
            "the cluster's authority did not answer")
        .thenApply(
            answer -> {
              ObjectNode list = Json.object("TokenList", API_VERSION);
              ArrayNode items = list.putArray("items");
              answer.tokens().forEach(token -> items.add(token(token)));
              return Responses.ok(list);
            });
  }

  private static ObjectNode token(TokenInfo info) {
    ObjectNode node = Json.object("Token", API_VERSION);
    node.put("id", info.id()).put("createdAt", info.createdAt().toString());
    node.put("expiresAt", info.expiresAt().toString());
    info.roles().stream().sorted().forEach(node.withArray("roles")::add);
    return node;
  }

  /** The controller of this JVM when there is one, else any that is up. */
  private ActorRef<ControllerProtocol.Command> controller() {
    Cluster here = Cluster.get(cluster.system());
    if (here.selfMember().hasRole(Roles.CONTROLLER)) {
      return ControllerProtocol.at(cluster.system(), "");
    }
    return members().stream()
        .filter(OperatorApi::isController)
        .findFirst()
        .map(member -> ControllerProtocol.at(cluster.system(), member.address().toString()))
        .orElseThrow(() -> StatusError.unavailable("no controller is up"));
  }

  private <A> CompletionStage<A> ask(
      java.util.function.Function<ActorRef<A>, ControllerProtocol.Command> message) {
    return cluster.ask(
        controller(), message, CHANGE_TIMEOUT, "the controller did not answer in time");
  }

  private CompletionStage<HttpResponse> controllers(
      java.util.function.Function<
              ActorRef<ControllerProtocol.Controllers>, ControllerProtocol.Command>
          message,
      String removed) {
    return ask(message)
        .thenApply(
            answer -> {
              answer.failure().ifPresent(OperatorApi::fail);
              if (!removed.isEmpty()) {
                stepAside(removed, answer.answeredBy());
              }
              ObjectNode node = Json.object("Controllers", API_VERSION);
              ObjectNode members = node.putObject("members");
              answer.members().forEach(members::put);
              answer.leader().ifPresent(leader -> node.put("leader", leader));
              node.put("answeredBy", answer.answeredBy()).put("applied", answer.applied());
              node.putObject("last")
                  .put("term", answer.last().term())
                  .put("index", answer.last().index());
              return Responses.ok(node);
            });
  }

  private static void fail(String why) {
    throw StatusError.of(409, "Conflict", why);
  }

  /** Told through the replica, which knows where nodes are. Lost when that node is down. */
  private void stepAside(String removed, String by) {
    cluster
        .rawView()
        .thenAccept(
            view ->
                view.state()
                    .node(removed)
                    .ifPresent(
                        node ->
                            ControllerProtocol.at(cluster.system(), node.info().address())
                                .tell(new ControllerProtocol.StepAside(by))));
  }

  private CompletionStage<HttpResponse> changeControllers(ApiRequest request) {
    return bodies
        .read(
            request,
            "Controllers",
            fields ->
                new ControllersBody(
                    fields.text("add"), fields.text("address"), fields.text("remove")))
        .thenCompose(
            body -> {
              if (body.add().isEmpty() && body.remove().isEmpty()
                  || body.add().isPresent() != body.address().isPresent()) {
                throw StatusError.badRequest("expected add with address, remove, or all three");
              }
              return controllers(
                  replyTo ->
                      new ControllerProtocol.ChangeControllers(
                          body.add(), body.address(), body.remove(), replyTo),
                  body.remove().orElse(""));
            });
  }

  private CompletionStage<HttpResponse> recover(ApiRequest request) {
    boolean certain = request.flag("certain");
    // Its body says nothing; unread it would end the client's connection.
    return bodies
        .bytes(request)
        .thenCompose(
            nothing ->
                controllers(replyTo -> new ControllerProtocol.RecoverAlone(certain, replyTo), ""));
  }

  private CompletionStage<HttpResponse> listJournal() {
    return this.<ControllerProtocol.Journal>ask(ControllerProtocol.ListJournal::new)
        .thenApply(OperatorApi::journal);
  }

  private static HttpResponse journal(ControllerProtocol.Journal journal) {
    journal.failure().ifPresent(OperatorApi::fail);
    ObjectNode node = Json.object("Journal", API_VERSION);
    ArrayNode items = node.putArray("items");
    for (ControllerProtocol.Log log : journal.logs()) {
      items
          .addObject()
          .put("id", log.persistenceId())
          .put("first", log.firstSequenceNr())
          .put("highest", log.highestSequenceNr())
          .put("events", log.events())
          .put("snapshots", log.snapshots())
          .put("newestSnapshot", log.newestSnapshot())
          .put("bytes", log.bytes());
    }
    return Responses.ok(node);
  }

  private CompletionStage<HttpResponse> readJournal(String id, ApiRequest request) {
    long from = Math.max(1, request.number("from").orElse(1L));
    int limit = (int) Math.min(MAX_EVENTS, request.number("limit").orElse(100L));
    return this.<ControllerProtocol.Events>ask(
            replyTo -> new ControllerProtocol.ReadJournal(id, from, limit, replyTo))
        .thenApply(
            events -> {
              events.failure().ifPresent(OperatorApi::fail);
              ObjectNode node = Json.object("JournalEvents", API_VERSION);
              ArrayNode items = node.putArray("items");
              for (ControllerProtocol.Entry entry : events.entries()) {
                items
                    .addObject()
                    .put("sequenceNr", entry.sequenceNr())
                    .put("writer", entry.writer())
                    .put("at", entry.at().toString())
                    .put("type", entry.type())
                    .put("event", entry.event());
              }
              return Responses.ok(node);
            });
  }

  private CompletionStage<HttpResponse> why(String resource, String namespace, String name) {
    return cluster
        .view()
        .thenCompose(
            view -> {
              WhyAnswer about = WhyAnswer.about(view.state(), resource, namespace, name);
              return this.<ControllerProtocol.WhyTold>ask(
                      replyTo ->
                          new ControllerProtocol.TellWhy(
                              about.kind(), about.namespace(), name, about.deployment(), replyTo))
                  .thenApply(told -> Responses.ok(about.tell(told)));
            });
  }

  private CompletionStage<HttpResponse> backUp() {
    return this.<ControllerProtocol.BackupOpened>ask(ControllerProtocol.BackUp::new)
        .thenApply(
            opened -> {
              opened.failure().ifPresent(OperatorApi::fail);
              return Responses.stream(
                  ContentTypes.APPLICATION_OCTET_STREAM, opened.bytes().orElseThrow().getSource());
            });
  }

  private CompletionStage<HttpResponse> restore(ApiRequest request) {
    return cluster
        .view()
        .thenCompose(
            view -> {
              if (!view.state().deployments().isEmpty()) {
                fail("this cluster is not empty: a backup is restored into a new one only");
              }
              SourceRef<ByteString> bytes =
                  request
                      .http()
                      .entity()
                      .withoutSizeLimit()
                      .getDataBytes()
                      .runWith(StreamRefs.sourceRef(), bodies.materializer());
              return this.<ControllerProtocol.Journal>ask(
                  replyTo -> new ControllerProtocol.Restore(bytes, replyTo));
            })
        .thenApply(OperatorApi::journal);
  }
}
