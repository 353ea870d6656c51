package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.model.NodeLossPolicy;
import io.hawser.model.PlacementHints;
import io.hawser.model.RestartTuning;
import io.hawser.model.StartAfter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** What an accepted object says that has no effect where it says it; clients print it. */
final class Warnings {
  /** What is read from pods' annotations alone. */
  private static final List<String> OF_PODS =
      Stream.concat(
              PlacementHints.KEYS.stream(),
              Stream.of(
                  StartAfter.ANNOTATION,
                  NodeLossPolicy.ON_LOST_CLUSTER,
                  NodeLossPolicy.ON_NODE_RETURN,
                  RestartTuning.FIRST,
                  RestartTuning.MAX,
                  RestartTuning.RESET))
          .toList();

  private Warnings() {}

  /** As Kubernetes' API server gives them: a header for each, of code 299. */
  static HttpResponse add(HttpResponse response, JsonNode sent) {
    HttpResponse with = response;
    for (String warning : of(sent)) {
      with = with.addHeader(RawHeader.create("Warning", "299 - \"" + warning + '"'));
    }
    return with;
  }

  /** Wishes about pods that are beside the pods' template instead of in it. */
  static List<String> of(JsonNode sent) {
    String path = sent.path("spec").has("jobTemplate") ? "spec.jobTemplate.spec" : "spec";
    JsonNode template = sent.at('/' + path.replace('.', '/') + "/template");
    if (!template.isObject()) {
      return List.of();
    }
    List<String> warnings = new ArrayList<>();
    JsonNode own = sent.at("/metadata/annotations");
    for (String key : OF_PODS) {
      if (own.has(key) && !template.at("/metadata/annotations").has(key)) {
        warnings.add(
            "metadata.annotations[%s]: has no effect here, only in %s.template.metadata.annotations"
                .formatted(key, path));
      }
    }
    return warnings;
  }
}
