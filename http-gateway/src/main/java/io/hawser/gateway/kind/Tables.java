package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.state.ClusterState;
import io.hawser.gateway.wire.Json;
import java.time.Instant;
import java.util.List;

/** Writes {@code meta.k8s.io/v1 Table}, what {@code kubectl get} asks for. */
public final class Tables {
  /** How much of each object comes along with its row. */
  public enum Include {
    NONE,
    METADATA,
    OBJECT
  }

  private Tables() {}

  /**
   * @param version {@code v1} or {@code v1beta1}, whichever the client asked for
   */
  public static <T> ObjectNode table(
      Resource<T> resource,
      List<T> objects,
      Column.Context context,
      Include include,
      String version) {
    ObjectNode table = Json.object("Table", "meta.k8s.io/" + version);
    table.putObject("metadata").put("resourceVersion", Long.toString(context.state().revision()));
    ArrayNode columns = table.putArray("columnDefinitions");
    for (Column<T> column : resource.columns()) {
      columns
          .addObject()
          .put("name", column.name())
          .put("type", column.type())
          .put("format", column.name().equals("Name") ? "name" : "")
          .put("description", "")
          .put("priority", column.priority());
    }
    ArrayNode rows = table.putArray("rows");
    for (T object : objects) {
      row(rows.addObject(), resource, object, context, include, version);
    }
    return table;
  }

  private static <T> void row(
      ObjectNode row,
      Resource<T> resource,
      T object,
      Column.Context context,
      Include include,
      String version) {
    ArrayNode cells = row.putArray("cells");
    for (Column<T> column : resource.columns()) {
      Object cell = column.cell().apply(object, context);
      if (cell instanceof Integer number) {
        cells.add(number);
      } else {
        cells.add(String.valueOf(cell));
      }
    }
    ClusterState state = context.state();
    switch (include) {
      case NONE -> {}
      case METADATA -> {
        ObjectNode partial = Json.object("PartialObjectMetadata", "meta.k8s.io/" + version);
        partial.set("metadata", resource.encode(object, state).get("metadata"));
        row.set("object", partial);
      }
      case OBJECT -> row.set("object", resource.encode(object, state));
    }
  }

  public static Column.Context context(ClusterState state) {
    return new Column.Context(state, Instant.now());
  }
}
