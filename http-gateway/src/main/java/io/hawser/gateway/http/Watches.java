package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.replica.ReplicaProtocol;
import io.hawser.cluster.replica.ReplicaProtocol.WatchMessage;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.Limits;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.kind.Selection;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** Watches: a line of JSON for every change of a selected object, as long as the client listens. */
final class Watches {
  private static final ByteString NEWLINE = ByteString.fromString("\n");

  private final ClusterAccess cluster;
  private final Streams streams;

  Watches(ClusterAccess cluster, Streams streams) {
    this.cluster = cluster;
    this.streams = streams;
  }

  /** One line, and whether the watch ends with it. */
  private record Frame(ObjectNode json, boolean last) {
    static Frame of(String type, ObjectNode object) {
      ObjectNode frame = Json.object().put("type", type);
      frame.set("object", object);
      return new Frame(frame, false);
    }

    ByteString bytes() {
      return ByteString.fromArray(Json.bytes(json)).concat(NEWLINE);
    }
  }

  <T> CompletionStage<HttpResponse> watch(Resource<T> resource, ApiPath path, ApiRequest request) {
    refuseStreamingList(resource, request);
    Shape<T> shape =
        new Shape<>(
            resource,
            ResourceReads.selection(resource, path, request),
            Accepted.of(request.header("Accept")),
            request);
    Duration timeout =
        request
            .number("timeoutSeconds")
            .filter(s -> s > 0 && s < Limits.MAX_WATCH.toSeconds())
            .map(Duration::ofSeconds)
            .orElse(Limits.MAX_WATCH);
    long version = request.number("resourceVersion").orElse(0L);
    boolean bookmarks = request.flag("allowWatchBookmarks");
    return cluster
        .view()
        .thenApply(
            view -> {
              // Without a version, the present objects come first, as if just added.
              Source<Frame, NotUsed> first =
                  version == 0 ? shape.present(view.state()) : Source.empty();
              long from = version == 0 ? view.state().revision() : version;
              Source<Frame, NotUsed> frames = first.concat(changes(shape, from, bookmarks));
              Source<ByteString, NotUsed> lines =
                  frames
                      .takeWhile(frame -> !frame.last(), true)
                      .map(Frame::bytes)
                      .takeWithin(timeout);
              return Responses.stream(ContentTypes.APPLICATION_JSON, streams.counted(lines));
            });
  }

  private <T> Source<Frame, NotUsed> changes(Shape<T> shape, long from, boolean bookmarks) {
    Source<WatchMessage, NotUsed> messages =
        Source.fromGraph(
            new WatchInbox(
                watcher -> cluster.replica().tell(new ReplicaProtocol.Watch(from, watcher))));
    return messages.statefulMapConcat(
        () -> {
          int[] quiet = {0};
          return message -> {
            if (message instanceof ReplicaProtocol.Change change) {
              return shape.frames(change);
            } else if (message instanceof ReplicaProtocol.Expired expired) {
              return List.of(expired(expired.oldestRevision()));
            } else if (message instanceof ReplicaProtocol.Bookmark bookmark
                && bookmarks
                && ++quiet[0] % Limits.BOOKMARK_EVERY == 0) {
              return List.of(shape.bookmark(bookmark.revision()));
            }
            return List.of();
          };
        });
  }

  private static Frame expired(long oldest) {
    StatusError error =
        StatusError.of(410, "Expired", "too old resource version; the oldest at hand is " + oldest);
    return new Frame(Frame.of("ERROR", error.toJson()).json(), true);
  }

  /** A client that asks for a streaming list falls back to list and watch on this answer. */
  private static <T> void refuseStreamingList(Resource<T> resource, ApiRequest request) {
    if (request.param("sendInitialEvents").isPresent()) {
      Causes causes = new Causes();
      causes.forbidden("sendInitialEvents", "streaming lists are not supported; list, then watch");
      causes.throwIfAny(new StatusError.Subject("meta.k8s.io", "ListOptions", ""));
    }
  }

  /** What one watch shows of the objects of its kind. */
  private record Shape<T>(
      Resource<T> resource, Selection selection, Accepted accepted, ApiRequest request) {

    Source<Frame, NotUsed> present(ClusterState state) {
      return Source.from(ResourceReads.select(resource, selection, state))
          .map(o -> Frame.of("ADDED", show(o, state, Optional.empty())));
    }

    /** An object that enters the selection is ADDED, one that leaves it DELETED. */
    List<Frame> frames(ReplicaProtocol.Change change) {
      List<Frame> frames = new ArrayList<>();
      resource
          .touched(change)
          .forEach(
              touched -> {
                Optional<T> before = touched.before().filter(o -> selection.matches(resource, o));
                Optional<T> after = touched.after().filter(o -> selection.matches(resource, o));
                if (after.isPresent()) {
                  frames.add(
                      Frame.of(
                          before.isPresent() ? "MODIFIED" : "ADDED",
                          show(after.get(), change.after(), Optional.empty())));
                } else if (before.isPresent()) {
                  frames.add(
                      Frame.of(
                          "DELETED",
                          show(
                              before.get(),
                              change.before(),
                              Optional.of(change.after().revision()))));
                }
              });
      return frames;
    }

    /**
     * @param version instead of the object's own: that of its deletion
     */
    private ObjectNode show(T object, ClusterState state, Optional<Long> version) {
      if (accepted.tableVersion().isPresent()) {
        return ResourceReads.table(resource, List.of(object), state, accepted, request);
      }
      ObjectNode json = resource.encode(object, state);
      version.ifPresent(v -> json.withObject("metadata").put("resourceVersion", v.toString()));
      return json;
    }

    Frame bookmark(long revision) {
      ObjectNode object =
          accepted.tableVersion().isPresent()
              ? Json.object("Table", "meta.k8s.io/" + accepted.tableVersion().get())
              : Json.object(resource.type().kind(), resource.type().apiVersion());
      object
          .putObject("metadata")
          .put("resourceVersion", Long.toString(revision))
          .putNull("creationTimestamp");
      return Frame.of("BOOKMARK", object);
    }
  }
}
