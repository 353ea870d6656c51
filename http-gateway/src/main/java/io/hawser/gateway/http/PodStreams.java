package io.hawser.gateway.http;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.NodeProtocol.ExecOpened;
import io.hawser.cluster.protocol.NodeProtocol.LogOpened;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Node;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.ws.BinaryMessage;
import org.apache.pekko.http.javadsl.model.ws.Message;
import org.apache.pekko.http.javadsl.model.ws.WebSocketUpgrade;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** A pod's logs and the commands run in it: asked of its node, streamed through. */
final class PodStreams {
  /** Newest first: from v5 a client can end its stdin. */
  private static final List<String> EXEC_PROTOCOLS =
      List.of("v5.channel.k8s.io", "v4.channel.k8s.io");

  /** A WebSocket message has to be whole within. */
  private static final long MESSAGE_TIMEOUT_MILLIS = 5_000;

  private final ClusterAccess cluster;
  private final Streams streams;
  private final Materializer materializer;

  PodStreams(ClusterAccess cluster, Streams streams, Materializer materializer) {
    this.cluster = cluster;
    this.streams = streams;
    this.materializer = materializer;
  }

  /** {@code GET …/pods/NAME/log}. */
  CompletionStage<HttpResponse> log(ApiPath path, ApiRequest request) {
    streams.requireRoom();
    boolean follow = request.flag("follow");
    boolean previous = request.flag("previous");
    boolean timestamps = request.flag("timestamps");
    Optional<Integer> tail =
        request.number("tailLines").map(n -> (int) Math.min(n, Integer.MAX_VALUE));
    Optional<Long> limit = request.number("limitBytes");
    Optional<Instant> since = since(request);
    return cluster
        .view()
        .thenCompose(
            view -> {
              Pod pod = pod(view.state(), path);
              String container = container(pod, request.param("container"));
              return cluster.<LogOpened>askNode(
                  nodeOf(view.state(), pod),
                  replyTo ->
                      new NodeProtocol.OpenLog(
                          pod.name(),
                          Optional.of(container),
                          follow,
                          previous,
                          timestamps,
                          tail,
                          since,
                          limit,
                          replyTo));
            })
        .thenApply(opened -> logResponse(opened, path));
  }

  private HttpResponse logResponse(LogOpened opened, ApiPath path) {
    if (opened instanceof NodeProtocol.LogRefused refused) {
      throw StatusError.refused(refused.refusal(), subject(path));
    }
    Source<ByteString, ?> lines = ((NodeProtocol.LogStream) opened).lines().getSource();
    return Responses.stream(
        ContentTypes.TEXT_PLAIN_UTF8, streams.counted(lines.filter(bytes -> !bytes.isEmpty())));
  }

  private static Optional<Instant> since(ApiRequest request) {
    Optional<Long> seconds = request.number("sinceSeconds");
    if (seconds.isPresent()) {
      return Optional.of(Instant.now().minusSeconds(Math.min(seconds.get(), Integer.MAX_VALUE)));
    }
    return request
        .param("sinceTime")
        .map(
            text -> {
              try {
                return java.time.OffsetDateTime.parse(text).toInstant();
              } catch (DateTimeParseException e) {
                throw StatusError.badRequest(
                    "sinceTime: expected a time such as 2026-01-31T12:00:00Z, got " + text);
              }
            });
  }

  /** {@code GET …/pods/NAME/exec} as a WebSocket. */
  CompletionStage<HttpResponse> exec(ApiPath path, ApiRequest request) {
    List<String> command = new ArrayList<>(request.params("command"));
    java.util.Collections.reverse(command);
    boolean stdin = request.flag("stdin");
    boolean tty = request.flag("tty");
    if (command.isEmpty()) {
      throw StatusError.badRequest("command: required; one parameter for each word");
    }
    return open(
        path,
        request,
        (pod, container, replyTo) ->
            new NodeProtocol.OpenExec(pod, Optional.of(container), command, stdin, tty, replyTo));
  }

  /** {@code GET …/pods/NAME/attach} as a WebSocket. */
  CompletionStage<HttpResponse> attach(ApiPath path, ApiRequest request) {
    boolean stdin = request.flag("stdin");
    return open(
        path,
        request,
        (pod, container, replyTo) ->
            new NodeProtocol.OpenAttach(pod, Optional.of(container), stdin, replyTo));
  }

  /** What is asked of the pod's node. */
  private interface Question {
    NodeProtocol.Command of(ObjectName pod, String container, ActorRef<ExecOpened> replyTo);
  }

  private CompletionStage<HttpResponse> open(ApiPath path, ApiRequest request, Question question) {
    streams.requireRoom();
    String what = path.subresource().orElse("");
    WebSocketUpgrade upgrade =
        request
            .http()
            .getAttribute(AttributeKeys.webSocketUpgrade)
            .orElseThrow(
                () ->
                    StatusError.badRequest(
                        what
                            + " needs a WebSocket with the protocol "
                            + String.join(" or ", EXEC_PROTOCOLS)
                            + "; SPDY is not supported"));
    List<String> offered = new ArrayList<>();
    upgrade.getRequestedProtocols().forEach(offered::add);
    String protocol =
        EXEC_PROTOCOLS.stream()
            .filter(offered::contains)
            .findFirst()
            .orElseThrow(
                () ->
                    StatusError.badRequest(
                        what
                            + ": none of the WebSocket protocols offered is supported; expected "
                            + String.join(" or ", EXEC_PROTOCOLS)));
    return cluster
        .view()
        .thenCompose(
            view -> {
              Pod pod = pod(view.state(), path);
              String container = container(pod, request.param("container"));
              return cluster.<ExecOpened>askNode(
                  nodeOf(view.state(), pod),
                  replyTo -> question.of(pod.name(), container, replyTo));
            })
        .thenApply(opened -> execResponse(opened, path, upgrade, protocol));
  }

  private HttpResponse execResponse(
      ExecOpened opened, ApiPath path, WebSocketUpgrade upgrade, String protocol) {
    if (opened instanceof NodeProtocol.ExecRefused refused) {
      throw StatusError.refused(refused.refusal(), subject(path));
    }
    NodeProtocol.ExecStreams both = (NodeProtocol.ExecStreams) opened;
    Sink<Message, ?> input =
        Flow.<Message>create()
            .mapAsync(1, this::bytes)
            .filter(bytes -> !bytes.isEmpty())
            .to(both.input().getSink());
    Source<Message, ?> output =
        streams.counted(both.output().getSource()).map(BinaryMessage::create);
    return upgrade.handleMessagesWith(Flow.fromSinkAndSource(input, output), protocol);
  }

  private CompletionStage<ByteString> bytes(Message message) {
    if (message instanceof BinaryMessage binary) {
      return binary
          .toStrict(MESSAGE_TIMEOUT_MILLIS, materializer)
          .thenApplyAsync(strict -> strict.getStrictData(), cluster.system().executionContext());
    }
    return message
        .asTextMessage()
        .toStrict(MESSAGE_TIMEOUT_MILLIS, materializer)
        .thenApplyAsync(
            strict -> ByteString.fromString(strict.getStrictText()),
            cluster.system().executionContext());
  }

  private static Pod pod(ClusterState state, ApiPath path) {
    String name = path.name().orElseThrow();
    return state
        .pod(new ObjectName(path.namespace(), name))
        .orElseThrow(() -> StatusError.notFound(subject(path), "pods"));
  }

  static Node nodeOf(ClusterState state, Pod pod) {
    String name =
        pod.nodeName()
            .orElseThrow(
                () ->
                    StatusError.badRequest(
                        "pod " + pod.meta().name() + " has not been placed on a node yet"));
    return state
        .node(name)
        .orElseThrow(() -> StatusError.unavailable("node " + name + " is not known any more"));
  }

  /** The one asked for, or the only one there is. */
  static String container(Pod pod, Optional<String> asked) {
    List<String> names =
        Stream.concat(pod.spec().containers().stream(), pod.spec().initContainers().stream())
            .map(PodContainer::name)
            .toList();
    if (asked.isPresent() && !names.contains(asked.get())) {
      throw StatusError.badRequest(
          "container "
              + asked.get()
              + " is not valid for pod "
              + pod.meta().name()
              + "; choose one of: "
              + names);
    }
    if (asked.isEmpty() && pod.spec().containers().size() > 1) {
      throw StatusError.badRequest(
          "a container name must be specified for pod "
              + pod.meta().name()
              + ", choose one of: "
              + names);
    }
    return asked.orElse(names.get(0));
  }

  private static StatusError.Subject subject(ApiPath path) {
    return new StatusError.Subject("", "Pod", path.name().orElse(""));
  }
}
