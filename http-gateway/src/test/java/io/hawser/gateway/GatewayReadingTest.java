package io.hawser.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.GatewayFixture.Reply;
import io.hawser.gateway.wire.Json;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Lists, tables, events and watches over HTTP. */
class GatewayReadingTest extends OverHttp {
  @Test
  void listsAreSelectedByLabelsAndFields() {
    createWeb();
    awaitReady(2);
    String first = names(PODS).get(0);
    assertThat(names("/api/v1/pods?fieldSelector=metadata.name%3D" + first)).containsExactly(first);
    assertThat(names("/api/v1/pods?fieldSelector=spec.nodeName%3Dn1,status.phase!%3DFailed"))
        .hasSize(2);
    assertThat(names("/api/v1/pods?fieldSelector=spec.nodeName%3Dn2")).isEmpty();
    assertThat(names(PODS + "?labelSelector=app%20in%20(web,api)")).hasSize(2);
    assertThat(names(PODS + "?labelSelector=!app")).isEmpty();
    assertThat(names("/api/v1/namespaces/other/pods")).isEmpty();
  }

  /** Piece by piece, as they are taken: together they are more than one piece. */
  @Test
  void longListsAreWholeAndInOrder() {
    int many = Limits.WHOLE_LIST + 4;
    String maps = "/api/v1/namespaces/default/configmaps";
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      String name = "map-%03d".formatted(i);
      expected.add(name);
      String map =
          "{\"metadata\":{\"name\":\"%s\"},\"data\":{\"k\":\"%s\"}}"
              .formatted(name, "x".repeat(Limits.LIST_PIECE_BYTES / 8));
      assertThat(gateway.send("POST", maps, "application/json", map).code()).isEqualTo(201);
      if (i == 2 || i == many - 1) {
        JsonNode list = gateway.get(maps).json();
        assertThat(list.path("kind").asText()).isEqualTo("ConfigMapList");
        assertThat(list.at("/metadata/resourceVersion").asLong()).isPositive();
        assertThat(list.path("items")).allMatch(m -> m.at("/data/k").asText().length() > 1_000);
        assertThat(names(maps)).isEqualTo(expected);
      }
    }
  }

  @Test
  void aTableHasKubectlsColumns() {
    createWeb();
    awaitReady(2);
    JsonNode pods = table(PODS);
    assertThat(pods.path("columnDefinitions").findValuesAsText("name"))
        .containsExactly(
            "Name",
            "Ready",
            "Status",
            "Restarts",
            "Age",
            "IP",
            "Node",
            "Nominated Node",
            "Readiness Gates");
    assertThat(pods.at("/rows/0/cells/1").asText()).isEqualTo("1/1");
    assertThat(pods.at("/rows/0/cells/2").asText()).isEqualTo("Running");
    assertThat(pods.at("/rows/0/object/kind").asText()).isEqualTo("PartialObjectMetadata");
    assertThat(table(DEPLOYMENTS).at("/rows/0/cells/1").asText()).isEqualTo("2/2");
  }

  @Test
  void yamlIsWrittenWhenAsked() {
    createWeb();
    Reply reply =
        gateway.send(
            gateway.authorized(DEPLOYMENTS + "/web").header("Accept", "application/yaml").build());
    assertThat(reply.text()).contains("kind: Deployment").contains("image: demo:1");
  }

  @Test
  void anAnswerNobodyCanMakeIsNotAcceptable() {
    Reply reply = gateway.send(gateway.authorized(PODS).header("Accept", "text/html").build());
    assertStatus(reply, 406, "NotAcceptable");
  }

  @Test
  void eventsAreFoundByTheirObject() {
    createWeb();
    awaitReady(2);
    String pod = names(PODS).get(0);
    List<JsonNode> events =
        items("/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3D" + pod);
    assertThat(events).extracting(e -> e.path("reason").asText()).contains("Scheduled", "Started");
  }

  @Test
  void theHistoryIsShownAsReplicaSets() {
    createWeb();
    patch(
        STRATEGIC,
        "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"demo:2\"}]}}}}");
    List<JsonNode> sets =
        items("/apis/apps/v1/namespaces/default/replicasets?labelSelector=app%3Dweb");
    assertThat(sets)
        .extracting(s -> s.at("/metadata/annotations/deployment.kubernetes.io~1revision").asText())
        .containsExactlyInAnyOrder("1", "2");
    assertThat(sets).allMatch(s -> s.at("/metadata/ownerReferences/0/name").asText().equals("web"));
    String name = name(sets.get(0));
    assertThat(gateway.get("/apis/apps/v1/namespaces/default/replicasets/" + name).code())
        .isEqualTo(200);
  }

  @Test
  void aVersionNotYetThereIsWaitedForAndThenRefused() {
    Reply reply = gateway.get(PODS + "?resourceVersion=999999999");
    assertStatus(reply, 504, "Timeout");
  }

  @Test
  void aWatchTellsEveryChangeInOrder() throws Exception {
    String from = revision();
    try (Watch watch = new Watch(DEPLOYMENTS + "?watch=1&resourceVersion=" + from)) {
      createWeb();
      gateway.send("DELETE", DEPLOYMENTS + "/web", "", "");
      List<JsonNode> frames = watch.until(f -> f.path("type").asText().equals("DELETED"));
      assertThat(frames.get(0).path("type").asText()).isEqualTo("ADDED");
      assertThat(frames.subList(1, frames.size() - 1))
          .allMatch(f -> f.path("type").asText().equals("MODIFIED"));
      assertThat(frames.stream().map(f -> f.at("/object/metadata/resourceVersion").asLong()))
          .isSorted()
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void aWatchWithoutAVersionBeginsWithWhatIsThere() throws Exception {
    createWeb();
    try (Watch watch = new Watch(DEPLOYMENTS + "?watch=1")) {
      assertThat(name(watch.next().path("object"))).isEqualTo("web");
    }
  }

  @Test
  void anObjectThatLeavesTheSelectionIsDeletedForTheWatcher() throws Exception {
    createWeb();
    String query =
        DEPLOYMENTS + "?watch=1&labelSelector=tier%3Dfront&resourceVersion=" + revision();
    try (Watch watch = new Watch(query)) {
      patch(MERGE, "{\"metadata\":{\"labels\":{\"tier\":\"front\"}}}");
      assertThat(watch.next().path("type").asText()).isEqualTo("ADDED");
      patch(MERGE, "{\"metadata\":{\"labels\":{\"tier\":\"back\"}}}");
      List<JsonNode> frames = watch.until(f -> !f.path("type").asText().equals("MODIFIED"));
      assertThat(frames.get(frames.size() - 1).path("type").asText()).isEqualTo("DELETED");
    }
  }

  @Test
  void aWatchFromAVersionThatIsGoneHasExpired() throws Exception {
    Reply list = gateway.get(PODS + "?watch=1&resourceVersion=0&timeoutSeconds=1");
    assertThat(list.code()).isEqualTo(200);
    // The replica began with a snapshot: what was before it is not at hand.
    try (Watch watch = new Watch(PODS + "?watch=1&resourceVersion=1")) {
      JsonNode frame = watch.next();
      if (frame.path("type").asText().equals("ERROR")) {
        assertThat(frame.at("/object/code").asInt()).isEqualTo(410);
        assertThat(frame.at("/object/reason").asText()).isEqualTo("Expired");
      }
    }
  }

  @Test
  void aWatchEndsAfterItsTimeout() {
    Reply reply = gateway.get(PODS + "?watch=1&timeoutSeconds=1&resourceVersion=" + revision());
    assertThat(reply.code()).isEqualTo(200);
    assertThat(reply.text()).isEmpty();
  }

  @Test
  void aWatchSendsTablesWhenAsked() throws Exception {
    createWeb();
    try (Watch watch =
        new Watch(DEPLOYMENTS + "?watch=1", "application/json;as=Table;v=v1;g=meta.k8s.io")) {
      JsonNode frame = watch.next();
      assertThat(frame.at("/object/kind").asText()).isEqualTo("Table");
      assertThat(frame.at("/object/rows/0/cells/0").asText()).isEqualTo("web");
    }
  }

  @Test
  void aStreamingListIsRefusedClearly() {
    Reply reply = gateway.get(PODS + "?watch=1&sendInitialEvents=true&allowWatchBookmarks=true");
    assertStatus(reply, 422, "Invalid");
    assertThat(reply.json().at("/details/causes/0/field").asText()).isEqualTo("sendInitialEvents");
  }

  /** A watch's frames, one line each. */
  private static final class Watch implements AutoCloseable {
    private final Stream<String> lines;
    private final Iterator<String> iterator;

    Watch(String path) throws IOException, InterruptedException {
      this(path, "application/json");
    }

    Watch(String path, String accept) throws IOException, InterruptedException {
      HttpRequest request = gateway.authorized(path).header("Accept", accept).build();
      HttpResponse<Stream<String>> response =
          HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofLines());
      assertThat(response.statusCode()).isEqualTo(200);
      lines = response.body();
      iterator = lines.iterator();
    }

    JsonNode next() throws IOException {
      return Json.MAPPER.readTree(iterator.next());
    }

    List<JsonNode> until(java.util.function.Predicate<JsonNode> last) throws IOException {
      List<JsonNode> frames = new ArrayList<>();
      do {
        frames.add(next());
      } while (!last.test(frames.get(frames.size() - 1)));
      return frames;
    }

    @Override
    public void close() {
      lines.close();
    }
  }
}
