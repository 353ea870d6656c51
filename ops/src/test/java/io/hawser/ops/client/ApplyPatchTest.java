package io.hawser.ops.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

class ApplyPatchTest {
  private static final String MANIFEST =
      """
      {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","labels":{"app":"web"}},
       "spec":{"replicas":3,"template":{"spec":{"containers":[
         {"name":"web","image":"a:1","env":[{"name":"X","value":"1"}]},
         {"name":"log","image":"b:1"}]}}}}""";

  @Test
  void whatWasAppliedUnchangedNeedsNoPatch() throws Exception {
    assertThat(ApplyPatch.compute(served(MANIFEST), json(MANIFEST))).isEmpty();
  }

  @Test
  void defaultsOfTheServerAreLeftAlone() throws Exception {
    ObjectNode current = served(MANIFEST);
    current.withObject("/spec/strategy").put("type", "RollingUpdate");
    ((ObjectNode) current.at("/spec/template/spec/containers/0")).put("imagePullPolicy", "Always");
    current.withObject("/status").put("replicas", 3);
    assertThat(ApplyPatch.compute(current, json(MANIFEST))).isEmpty();
  }

  @Test
  void onlyWhatChangedIsSent() throws Exception {
    ObjectNode patch = compute("\"image\":\"a:1\"", "\"image\":\"a:2\"");
    assertThat(patch.at("/spec/template/spec/containers")).hasSize(1);
    assertThat(patch.at("/spec/template/spec/containers/0").toString())
        .isEqualTo("{\"image\":\"a:2\",\"name\":\"web\"}");
    assertThat(patch.at("/spec").size()).isEqualTo(1);
  }

  @Test
  void theManifestIsKeptInTheAnnotationThatKubectlReads() throws Exception {
    ObjectNode patch = compute("\"replicas\":3", "\"replicas\":4");
    assertThat(patch.at("/metadata/annotations").get(ApplyPatch.LAST_APPLIED).asText())
        .contains("\"replicas\":4");
  }

  @Test
  void theAnnotationIsWrittenLetterByLetterAsKubectlDoes() throws Exception {
    JsonNode manifest = json("{\"b\":\"x > y & z\",\"a\":[{\"d\":1,\"c\":2}]}");
    assertThat(
            ApplyPatch.annotated(manifest)
                .at("/metadata/annotations")
                .get(ApplyPatch.LAST_APPLIED)
                .asText())
        .isEqualTo(
            "{\"a\":[{\"c\":2,\"d\":1}],\"b\":\"x \\u003e y \\u0026 z\","
                + "\"metadata\":{\"annotations\":{}}}\n");
  }

  @Test
  void aFieldLeftOutOfTheManifestIsRemoved() throws Exception {
    ObjectNode patch = compute("\"labels\":{\"app\":\"web\"}", "\"labels\":{}");
    assertThat(patch.at("/metadata/labels").has("app")).isTrue();
    assertThat(patch.at("/metadata/labels/app").isNull()).isTrue();
  }

  @Test
  void aContainerLeftOutOfTheManifestIsDeletedByItsName() throws Exception {
    ObjectNode patch = compute(",\n   {\"name\":\"log\",\"image\":\"b:1\"}", "");
    assertThat(patch.at("/spec/template/spec/containers/0").toString())
        .isEqualTo("{\"name\":\"log\",\"$patch\":\"delete\"}");
  }

  @Test
  void whatSomebodyElseAddedIsKept() throws Exception {
    ObjectNode current = served(MANIFEST);
    current.withObject("/metadata/labels").put("team", "x");
    assertThat(ApplyPatch.compute(current, json(MANIFEST))).isEmpty();
  }

  @Test
  void whatSomebodyElseChangedIsSetBack() throws Exception {
    ObjectNode current = served(MANIFEST);
    current.withObject("/spec").put("replicas", 9);
    assertThat(ApplyPatch.compute(current, json(MANIFEST)).at("/spec/replicas").asInt())
        .isEqualTo(3);
  }

  @Test
  void listsWithoutKeysAreReplacedWhole() throws Exception {
    String one = MANIFEST.replace("\"image\":\"b:1\"", "\"image\":\"b:1\",\"args\":[\"x\",\"y\"]");
    String two = one.replace("[\"x\",\"y\"]", "[\"y\"]");
    JsonNode args =
        ApplyPatch.compute(served(one), json(two)).at("/spec/template/spec/containers/0/args");
    assertThat(List.of(args.toString())).containsExactly("[\"y\"]");
  }

  private static ObjectNode compute(String from, String to) throws Exception {
    assertThat(MANIFEST).contains(from);
    return ApplyPatch.compute(served(MANIFEST), json(MANIFEST.replace(from, to)));
  }

  /** As the server has it after an apply. */
  private static ObjectNode served(String manifest) throws Exception {
    return ApplyPatch.annotated(json(manifest));
  }

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text);
  }
}
