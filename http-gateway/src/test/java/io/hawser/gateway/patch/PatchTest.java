package io.hawser.gateway.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.Manifests;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.StatusError;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PatchTest {
  @Test
  void aMergePatchSetsRemovesAndReplacesLists() {
    assertThat(
            MergePatch.apply(
                yaml("{a: 1, b: {c: 2, d: 3}, e: [1, 2]}"),
                yaml("{a: ~, b: {c: 9}, e: [3], f: {g: ~, h: 1}}")))
        .isEqualTo(yaml("{b: {c: 9, d: 3}, e: [3], f: {h: 1}}"));
  }

  @Test
  void aStrategicPatchMergesContainersByName() {
    assertThat(
            strategic(
                "{containers: [{name: a, image: a1, tty: true}, {name: b, image: b1}]}",
                "{containers: [{name: b, image: b2}, {name: c, image: c1}]}"))
        .isEqualTo(
            yaml(
                "{containers: [{name: a, image: a1, tty: true}, {name: b, image: b2},"
                    + " {name: c, image: c1}]}"));
  }

  @Test
  void aStrategicPatchOrdersWhatItNames() {
    assertThat(
            strategic(
                "{containers: [{name: a}, {name: b}]}",
                "{\"$setElementOrder/containers\": [{name: c}, {name: b}, {name: a}],"
                    + " containers: [{name: c, image: x}]}"))
        .isEqualTo(yaml("{containers: [{name: c, image: x}, {name: b}, {name: a}]}"));
  }

  @Test
  void anOrderAloneReorders() {
    assertThat(
            strategic(
                "{env: [{name: A}, {name: B}]}",
                "{\"$setElementOrder/env\": [{name: B}, {name: A}]}"))
        .isEqualTo(yaml("{env: [{name: B}, {name: A}]}"));
  }

  @Test
  void anElementIsDeletedByDirective() {
    assertThat(
            strategic(
                "{env: [{name: A, value: x}, {name: B}]}", "{env: [{name: A, $patch: delete}]}"))
        .isEqualTo(yaml("{env: [{name: B}]}"));
  }

  @Test
  void aListIsReplacedByDirective() {
    assertThat(strategic("{env: [{name: A}, {name: B}]}", "{env: [{name: C}, {$patch: replace}]}"))
        .isEqualTo(yaml("{env: [{name: C}]}"));
  }

  @Test
  void anObjectIsReplacedOrDeletedByDirective() {
    assertThat(strategic("{a: {b: 1, c: 2}}", "{a: {$patch: replace, d: 3}}"))
        .isEqualTo(yaml("{a: {d: 3}}"));
    assertThat(strategic("{a: {b: 1}, e: 1}", "{a: {$patch: delete}}")).isEqualTo(yaml("{e: 1}"));
  }

  @Test
  void onlyRetainedKeysStay() {
    assertThat(
            strategic(
                "{strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}}",
                "{strategy: {$retainKeys: [type], type: Recreate}}"))
        .isEqualTo(yaml("{strategy: {type: Recreate}}"));
  }

  @Test
  void plainValuesAreMergedAsASetAndDeleted() {
    assertThat(strategic("{finalizers: [a, b]}", "{finalizers: [b, c]}"))
        .isEqualTo(yaml("{finalizers: [a, b, c]}"));
    assertThat(strategic("{finalizers: [a, b]}", "{\"$deleteFromPrimitiveList/finalizers\": [a]}"))
        .isEqualTo(yaml("{finalizers: [b]}"));
  }

  @Test
  void tolerationsAndTaintsAreReplaced() {
    assertThat(strategic("{taints: [{key: a}]}", "{taints: [{key: b}]}"))
        .isEqualTo(yaml("{taints: [{key: b}]}"));
  }

  @Test
  void portsAndMountsHaveTheirOwnKeys() {
    assertThat(
            strategic(
                "{ports: [{containerPort: 80, name: a}], volumeMounts: [{mountPath: /a, name: v}]}",
                "{ports: [{containerPort: 80, name: b}], volumeMounts: [{mountPath: /b, name: v}]}"))
        .isEqualTo(
            yaml(
                "{ports: [{containerPort: 80, name: b}], volumeMounts: [{mountPath: /a, name: v},"
                    + " {mountPath: /b, name: v}]}"));
  }

  @Test
  void anElementWithoutItsKeyIsRefused() {
    assertThatThrownBy(() -> strategic("{env: []}", "{env: [{value: x}]}"))
        .isInstanceOf(StatusError.class)
        .hasMessageContaining("env")
        .hasMessageContaining("merge key name");
  }

  @Test
  void anUnknownDirectiveIsRefused() {
    assertThatThrownBy(() -> strategic("{a: {}}", "{a: {$patch: explode}}"))
        .hasMessageContaining("$patch: expected merge, replace or delete");
  }

  @Test
  void aJsonPatchCarriesOutEveryOperation() {
    assertThat(
            json(
                "{a: [1, 2], b: {c: 1}}",
                """
                [{"op":"test","path":"/a/0","value":1},
                 {"op":"add","path":"/a/1","value":9},
                 {"op":"add","path":"/a/-","value":3},
                 {"op":"replace","path":"/b/c","value":{"x~y":1}},
                 {"op":"copy","from":"/b/c","path":"/d"},
                 {"op":"remove","path":"/b"},
                 {"op":"move","from":"/d/x~0y","path":"/e"}]"""))
        .isEqualTo(yaml("{a: [1, 9, 2, 3], d: {}, e: 1}"));
  }

  @Test
  void aJsonPatchThatDoesNotFitIsRefused() {
    for (String operation :
        new String[] {
          "{\"op\":\"remove\",\"path\":\"/nope\"}",
          "{\"op\":\"test\",\"path\":\"/a/0\",\"value\":2}",
          "{\"op\":\"add\",\"path\":\"/a/7\",\"value\":2}",
          "{\"op\":\"add\",\"path\":\"/a/0/x\",\"value\":2}",
          "{\"op\":\"move\",\"from\":\"/b\",\"path\":\"/b/c\"}"
        }) {
      assertThatThrownBy(() -> json("{a: [1], b: {}}", "[" + operation + "]"))
          .isInstanceOf(StatusError.class)
          .hasMessageContaining("operation 0")
          .extracting(e -> ((StatusError) e).code())
          .isEqualTo(422);
    }
  }

  @Test
  void aJsonPatchCantGrowWithoutBound() {
    StringBuilder patch = new StringBuilder("[");
    for (int i = 0; i < 40; i++) {
      patch.append("{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/-\"},");
    }
    patch.append("{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]");
    assertThatThrownBy(() -> json("{a: [1]}", patch.toString()))
        .hasMessageContaining("50000 values");
  }

  @Test
  void aMalformedJsonPatchIsRefused() {
    assertThatThrownBy(() -> json("{}", "{}")).hasMessageContaining("list of operations");
    assertThatThrownBy(() -> json("{}", "[{\"op\":\"jump\",\"path\":\"/a\"}]"))
        .hasMessageContaining("expected add, remove");
    assertThatThrownBy(() -> json("{}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]"))
        .hasMessageContaining("begins with '/'");
  }

  private static ObjectNode yaml(String text) {
    return Manifests.yaml(text);
  }

  private static ObjectNode strategic(String original, String patch) {
    return StrategicMergePatch.apply(yaml(original), yaml(patch));
  }

  private static Object json(String original, String patch) {
    return JsonPatch.apply(
        yaml(original), Documents.parseJson(patch.getBytes(StandardCharsets.UTF_8)));
  }
}
