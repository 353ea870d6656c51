package io.hawser.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kinds that the command line knows from the cluster's discovery alone, such as a jar's. */
class ServedKindsTest {
  private static final String DESKS = "/apis/examples.hawser.io/v1/namespaces/default/officehours";
  private static final String TABLE =
      """
      {"columnDefinitions":[{"name":"Name","type":"string","priority":0}],
       "rows":[{"cells":["%s"],"object":{"metadata":{"name":"%s","namespace":"default"}}}]}""";
  private static final String NOTHING = "{\"columnDefinitions\":[],\"rows\":[]}";

  @TempDir Path dir;
  private FakeGateway gateway;

  @BeforeEach
  void start() throws IOException {
    gateway = FakeGateway.in(dir);
    gateway.on(
        "GET /apis",
        200,
        """
        {"groups":[{"name":"batch","preferredVersion":{"groupVersion":"batch/v1"}},
          {"name":"examples.hawser.io",
           "preferredVersion":{"groupVersion":"examples.hawser.io/v1"}}]}""");
    gateway.on(
        "GET /api/v1",
        200,
        """
        {"resources":[
          {"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod",
           "shortNames":["po"],"categories":["all"]},
          {"name":"namespaces","singularName":"namespace","namespaced":false,"kind":"Namespace",
           "shortNames":["ns"]}]}""");
    gateway.on(
        "GET /apis/batch/v1",
        200,
        """
        {"resources":[{"name":"jobs","singularName":"job","namespaced":true,"kind":"Job",
          "categories":["all"]}]}""");
    gateway.on(
        "GET /apis/examples.hawser.io/v1",
        200,
        """
        {"resources":[{"name":"officehours","singularName":"officehours","namespaced":true,
          "kind":"OfficeHours","shortNames":["oh"],"categories":["all"]}]}""");
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private static String table(String name) {
    return TABLE.formatted(name, name);
  }

  @Test
  void aJarsKindIsListedByAnyOfItsNames() {
    gateway.on("GET " + DESKS, 200, table("desk"));
    for (String word : new String[] {"officehours", "OH", "officehours.examples.hawser.io"}) {
      Result result = Result.of(dir, "get", word, "-o", "name");
      assertThat(result.err()).isEmpty();
      assertThat(result.out()).isEqualTo("officehours.examples.hawser.io/desk\n");
    }
  }

  @Test
  void itsObjectIsDescribedAndDeleted() {
    String desk = "{\"kind\":\"OfficeHours\",\"metadata\":{\"name\":\"desk\",\"uid\":\"u1\"}}";
    gateway.on("GET " + DESKS + "/desk", 200, desk).on("GET " + DESKS + "/desk", 200, desk);
    gateway.on("GET " + DESKS + "/desk", 404, FakeGateway.status(404, "NotFound", "gone"));
    gateway.on("GET /api/v1/events", 200, NOTHING);
    gateway.on("DELETE " + DESKS + "/desk", 200, "{}");
    assertThat(Result.of(dir, "describe", "oh/desk").out()).contains("OfficeHours", "desk");
    assertThat(Result.of(dir, "delete", "oh", "desk").out())
        .isEqualTo("officehours.examples.hawser.io/desk deleted\n");
  }

  @Test
  void whatSaysHowManyReplicasIsScaledByThatField() throws Exception {
    gateway.on("GET " + DESKS + "/desk", 200, "{\"spec\":{\"replicas\":2}}");
    gateway.on("PATCH " + DESKS + "/desk", 200, "{}");
    assertThat(Result.of(dir, "scale", "oh/desk", "--replicas=5").out())
        .isEqualTo("officehours.examples.hawser.io/desk scaled\n");
    assertThat(gateway.only("PATCH").body()).isEqualTo("{\"spec\":{\"replicas\":5}}");
  }

  @Test
  void whatSaysNothingOfReplicasIsNotScaled() {
    gateway.on("GET /apis/batch/v1/namespaces/default/jobs/seed", 200, "{\"spec\":{}}");
    Result result = Result.of(dir, "scale", "job/seed", "--replicas=5");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("jobs can't be scaled: they have no spec.replicas");
  }

  @Test
  void getAllShowsEveryKindThatHasSomething() {
    gateway.on("GET /api/v1/namespaces/default/pods", 200, table("web-1"));
    gateway.on("GET /apis/batch/v1/namespaces/default/jobs", 200, NOTHING);
    gateway.on("GET " + DESKS, 200, table("desk"));
    Result result = Result.of(dir, "get", "all");
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .isEqualTo("NAME\npod/web-1\n\nNAME\nofficehours.examples.hawser.io/desk\n");
  }

  @Test
  void aKindThatNobodyServesIsRefusedWithThoseThatAre() {
    Result result = Result.of(dir, "get", "officehour");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .contains("unknown kind officehour")
        .contains("pods, namespaces, jobs, officehours");
  }

  @Test
  void forAKindThatItKnowsNothingIsLookedUp() {
    gateway.on("GET /api/v1/namespaces/default/pods", 200, table("web-1"));
    Result.of(dir, "get", "pods");
    assertThat(gateway.requests()).hasSize(1);
  }
}
