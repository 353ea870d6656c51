package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.Limits;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.kind.Selection;
import io.hawser.gateway.kind.Tables;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.LabelSelector;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** Get and list, for every kind. */
final class ResourceReads {
  /** What a list without items ends with. */
  private static final String LIST_END = "]}";

  private static final ByteString COMMA = ByteString.fromString(",");

  private final ClusterAccess cluster;

  ResourceReads(ClusterAccess cluster) {
    this.cluster = cluster;
  }

  <T> CompletionStage<HttpResponse> get(Resource<T> resource, ApiPath path, ApiRequest request) {
    Accepted accepted = Accepted.of(request.header("Accept"));
    return fresh(request)
        .thenApply(
            view -> {
              T object = require(resource, view.state(), path);
              return withAge(view, one(resource, object, view.state(), accepted, request));
            });
  }

  static <T> HttpResponse one(
      Resource<T> resource, T object, ClusterState state, Accepted accepted, ApiRequest request) {
    ObjectNode body =
        accepted.tableVersion().isPresent()
            ? table(resource, List.of(object), state, accepted, request)
            : resource.encode(object, state);
    return Responses.of(200, body, accepted);
  }

  /**
   * @throws StatusError 404 when there is no such object
   */
  static <T> T require(Resource<T> resource, ClusterState state, ApiPath path) {
    String name = path.name().orElseThrow();
    return resource
        .find(state, path.namespace(), name)
        .orElseThrow(
            () -> StatusError.notFound(resource.type().subject(name), resource.type().plural()));
  }

  <T> CompletionStage<HttpResponse> list(Resource<T> resource, ApiPath path, ApiRequest request) {
    Accepted accepted = Accepted.of(request.header("Accept"));
    Selection selection = selection(resource, path, request);
    if (request.param("continue").isPresent()) {
      throw StatusError.of(
          410, "Expired", "this server gives whole lists; list again without continue");
    }
    return fresh(request)
        .thenApply(
            view -> {
              List<T> objects = select(resource, selection, view.state());
              if (objects.size() > Limits.WHOLE_LIST && accepted.equals(Accepted.JSON)) {
                return withAge(view, streamedList(resource, objects, view.state()));
              }
              ObjectNode body =
                  accepted.tableVersion().isPresent()
                      ? table(resource, objects, view.state(), accepted, request)
                      : plainList(resource, objects, view.state());
              return withAge(view, Responses.of(200, body, accepted));
            });
  }

  static <T> List<T> select(Resource<T> resource, Selection selection, ClusterState state) {
    return resource.all(state).filter(o -> selection.matches(resource, o)).toList();
  }

  private static <T> ObjectNode plainList(
      Resource<T> resource, List<T> objects, ClusterState state) {
    ObjectNode list = Json.object(resource.type().kind() + "List", resource.type().apiVersion());
    list.putObject("metadata").put("resourceVersion", Long.toString(state.revision()));
    ArrayNode items = list.putArray("items");
    objects.forEach(o -> items.add(resource.encode(o, state)));
    return list;
  }

  /** Written while the client takes it: a whole one may be larger than the heap. */
  private static <T> HttpResponse streamedList(
      Resource<T> resource, List<T> objects, ClusterState state) {
    ByteString empty = ByteString.fromArray(Json.bytes(plainList(resource, List.of(), state)));
    int end = empty.size() - LIST_END.length();
    Source<ByteString, NotUsed> items =
        Source.range(0, objects.size() - 1)
            .map(i -> item(i > 0, resource.encode(objects.get(i), state)));
    return Responses.stream(
        ContentTypes.APPLICATION_JSON,
        Source.single(empty.take(end))
            .concat(items)
            .concat(Source.single(empty.drop(end)))
            .batchWeighted(
                Limits.LIST_PIECE_BYTES, piece -> (long) piece.size(), p -> p, ByteString::concat));
  }

  private static ByteString item(boolean further, ObjectNode object) {
    ByteString bytes = ByteString.fromArray(Json.bytes(object));
    return further ? COMMA.concat(bytes) : bytes;
  }

  static <T> ObjectNode table(
      Resource<T> resource,
      List<T> objects,
      ClusterState state,
      Accepted accepted,
      ApiRequest request) {
    return Tables.table(
        resource,
        objects,
        Tables.context(state),
        include(request),
        accepted.tableVersion().orElseThrow());
  }

  static Tables.Include include(ApiRequest request) {
    String value = request.param("includeObject").orElse("Metadata");
    return switch (value) {
      case "None" -> Tables.Include.NONE;
      case "Metadata" -> Tables.Include.METADATA;
      case "Object" -> Tables.Include.OBJECT;
      default ->
          throw StatusError.badRequest(
              "includeObject: expected None, Metadata or Object, got " + value);
    };
  }

  static <T> Selection selection(Resource<T> resource, ApiPath path, ApiRequest request) {
    LabelSelector labels =
        request
            .param("labelSelector")
            .map(Selection::parseLabels)
            .orElse(new LabelSelector(Map.of(), List.of()));
    List<Selection.FieldTerm> fields =
        request
            .param("fieldSelector")
            .map(text -> Selection.parseFields(text, resource.fieldNames()))
            .orElse(List.of());
    Optional<String> namespace =
        path.namespace().isEmpty() ? Optional.empty() : Optional.of(path.namespace());
    return new Selection(namespace, labels, fields);
  }

  /** The state, no older than the {@code resourceVersion} the client has already seen. */
  private CompletionStage<View> fresh(ApiRequest request) {
    long wanted = request.number("resourceVersion").orElse(0L);
    boolean exact =
        request.param("resourceVersionMatch").filter("Exact"::equals).isPresent() && wanted > 0;
    CompletionStage<View> view =
        wanted == 0 ? cluster.view() : cluster.await(wanted, Limits.REPLICA_TIMEOUT);
    return view.thenApply(
        v -> {
          if (v.state().revision() < wanted) {
            throw StatusError.of(
                504,
                "Timeout",
                "Too large resource version: " + wanted + ", current: " + v.state().revision());
          }
          if (exact && v.state().revision() != wanted) {
            throw StatusError.of(
                410, "Expired", "the state at resourceVersion " + wanted + " is no longer at hand");
          }
          return v;
        });
  }

  /** A state that may be old is served with a warning that kubectl prints. */
  private static HttpResponse withAge(View view, HttpResponse response) {
    return view.connected()
        ? response
        : response.addHeader(
            org.apache.pekko.http.javadsl.model.headers.RawHeader.create(
                "Warning",
                "299 - \"the scheduler can't be reached now; what you see may be old\""));
  }
}
