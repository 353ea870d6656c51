package io.hawser.gateway.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.apply.Ownership.Applied;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OwnershipTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Ownership OWNERSHIP = new Ownership(Set.of("served"), NOW);
  private static final UnaryOperator<ObjectNode> AS_IS = UnaryOperator.identity();
  private static final FieldOwner ALICE = FieldOwner.applier("alice", "apps/v1");
  private static final FieldOwner BOB = FieldOwner.applier("bob", "apps/v1");
  private static final FieldOwner SCALER = FieldOwner.updater("kubectl", "apps/v1", "scale");

  private static ObjectNode yaml(String text) {
    return Documents.requireObject(Documents.parseYaml(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** The object as the server would show it after. */
  private static ObjectNode made(ObjectNode object, FieldOwners managers) {
    ObjectNode next = object.deepCopy();
    next.withObject("metadata").remove("managedFields");
    if (!managers.isEmpty()) {
      next.withObject("metadata").set("managedFields", managers.toJson());
    }
    return next;
  }

  private static ObjectNode created(ObjectNode config, FieldOwner who) {
    return made(config, OWNERSHIP.create(config, who));
  }

  private static ObjectNode apply(ObjectNode live, ObjectNode config, FieldOwner who) {
    Applied applied = OWNERSHIP.apply(live, config, who, false, AS_IS);
    return made(applied.object(), applied.managers());
  }

  private static ObjectNode force(ObjectNode live, ObjectNode config, FieldOwner who) {
    Applied applied = OWNERSHIP.apply(live, config, who, true, AS_IS);
    return made(applied.object(), applied.managers());
  }

  private static ObjectNode update(ObjectNode live, ObjectNode next, FieldOwner who) {
    return made(next, OWNERSHIP.update(live, next, next, who));
  }

  private static List<String> owned(ObjectNode object, FieldOwner who) {
    return FieldOwners.of(object).fieldsOf(who).paths().stream().map(FieldPath::toString).toList();
  }

  private static ObjectNode spec(ObjectNode object) {
    return (ObjectNode) object.get("spec");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{spec: {replicas: 1}}|.spec.replicas",
        "{spec: {paused: null}}|.spec",
        "{status: {replicas: 1}, metadata: {name: n, uid: u, labels: {a: b}}}|.metadata.labels.a",
        "{metadata: {annotations: {served: x}}}|``",
        "{spec: {emptyDir: {}}}|.spec.emptyDir",
        "{spec: {selector: {matchLabels: {a: b}}}}|.spec.selector",
        "{spec: {args: [a, b]}}|.spec.args",
        "{spec: {ports: [{containerPort: 80}]}}"
            + "|.spec.ports[containerPort=80,protocol=\"TCP\"]"
            + " .spec.ports[containerPort=80,protocol=\"TCP\"].containerPort",
        "{metadata: {finalizers: [a]}}|.metadata.finalizers[=\"a\"]",
        "{spec: {env: [{value: 1}]}}|.spec.env",
      })
  void everyFieldOfAConfigurationIsOwned(String config, String paths) {
    ObjectNode object = created(yaml(config), ALICE);
    assertThat(String.join(" ", owned(object, ALICE))).isEqualTo(paths);
  }

  @Test
  void whatIsAppliedIsWrittenAsFieldsV1() {
    ObjectNode live =
        created(yaml("{spec: {replicas: 2, containers: [{name: web, image: a}]}}"), ALICE);
    JsonNode entry = live.at("/metadata/managedFields/0");
    assertThat(entry)
        .isEqualTo(
            yaml(
                """
                apiVersion: apps/v1
                fieldsType: FieldsV1
                fieldsV1:
                  f:spec:
                    f:containers:
                      'k:{"name":"web"}': {.: {}, f:image: {}, f:name: {}}
                    f:replicas: {}
                manager: alice
                operation: Apply
                time: '2026-01-01T00:00:00Z'
                """));
    assertThat(FieldOwners.of(live).toJson()).isEqualTo(live.at("/metadata/managedFields"));
  }

  @Test
  void applyingTheSameAgainChangesNothing() {
    ObjectNode config = yaml("{spec: {replicas: 2, env: [{name: A, value: a}]}}");
    ObjectNode live = created(config, ALICE);
    Applied again =
        new Ownership(Set.of(), NOW.plusSeconds(60)).apply(live, config, ALICE, false, AS_IS);
    assertThat(again.unchanged()).isTrue();
    assertThat(again.managers().toJson()).isEqualTo(live.at("/metadata/managedFields"));
  }

  @Test
  void aFieldThatIsNoLongerAppliedGoes() {
    ObjectNode live =
        created(
            yaml(
                "{spec: {paused: true, containers: [{name: c, env: [{name: A, value: a},"
                    + " {name: B, value: b}]}]}, metadata: {labels: {x: y}}}"),
            ALICE);
    ObjectNode next =
        apply(live, yaml("{spec: {containers: [{name: c, env: [{name: B, value: b}]}]}}"), ALICE);
    assertThat(spec(next)).isEqualTo(yaml("{containers: [{name: c, env: [{name: B, value: b}]}]}"));
    assertThat(next.path("metadata").has("labels")).isFalse();
  }

  @Test
  void whatTheServerFilledInGoesWithThePartItBelongsTo() {
    ObjectNode live =
        created(yaml("{spec: {volumes: [{name: v, configMap: {name: m}}], replicas: 1}}"), ALICE);
    ((ObjectNode) live.at("/spec/volumes/0/configMap")).put("defaultMode", 420);
    spec(live).put("revisionHistoryLimit", 10);
    ObjectNode next =
        apply(live, yaml("{spec: {volumes: [{name: v, emptyDir: {}}], replicas: 1}}"), ALICE);
    assertThat(spec(next))
        .isEqualTo(
            yaml("{volumes: [{name: v, emptyDir: {}}], replicas: 1, revisionHistoryLimit: 10}"));
  }

  @Test
  void aFieldThatAControllerSetsStaysWhenItIsGivenUp() {
    ObjectNode live = created(yaml("{spec: {replicas: 2, paused: true}}"), ALICE);
    spec(live).put("replicas", 7);
    Applied next =
        OWNERSHIP
            .controlled("spec", "replicas")
            .apply(live, yaml("{spec: {}}"), ALICE, false, AS_IS);
    assertThat(next.object().get("spec")).isEqualTo(yaml("{replicas: 7}"));
    assertThat(next.managers().fieldsOf(ALICE).isEmpty()).isFalse();
    assertThat(owned(made(next.object(), next.managers()), ALICE)).containsExactly(".spec");
  }

  @Test
  void aFieldThatAnotherOwnsTooStays() {
    ObjectNode live = created(yaml("{spec: {replicas: 2, paused: true}}"), ALICE);
    live = apply(live, yaml("{spec: {replicas: 2}}"), BOB);
    ObjectNode next = apply(live, yaml("{spec: {paused: true}}"), ALICE);
    assertThat(spec(next)).isEqualTo(yaml("{replicas: 2, paused: true}"));
    assertThat(owned(next, ALICE)).containsExactly(".spec.paused");
    assertThat(owned(next, BOB)).containsExactly(".spec.replicas");
  }

  @Test
  void anElementStaysWhileAnotherOwnsAFieldOfIt() {
    ObjectNode live = created(yaml("{spec: {containers: [{name: c, image: a}]}}"), ALICE);
    ObjectNode set = live.deepCopy();
    ((ObjectNode) set.at("/spec/containers/0")).put("image", "b");
    live = update(live, set, FieldOwner.updater("setter", "apps/v1", ""));
    ObjectNode next = apply(live, yaml("{spec: {}}"), ALICE);
    assertThat(next.at("/spec/containers/0/image").asText()).isEqualTo("b");
  }

  @Test
  void aConflictNamesFieldAndManager() {
    ObjectNode live = created(yaml("{spec: {replicas: 2}}"), ALICE);
    ObjectNode scaled = live.deepCopy();
    spec(scaled).put("replicas", 5);
    ObjectNode after = update(live, scaled, SCALER);
    assertThat(owned(after, ALICE)).isEmpty();
    assertThatThrownBy(() -> apply(after, yaml("{spec: {replicas: 2}}"), ALICE))
        .isInstanceOfSatisfying(
            StatusError.class,
            error -> {
              assertThat(error.code()).isEqualTo(409);
              assertThat(error.reason()).isEqualTo("Conflict");
              assertThat(error.causes())
                  .containsExactly(
                      new Refusal.Cause(
                          ".spec.replicas",
                          "FieldManagerConflict",
                          "conflict with \"kubectl\" with subresource \"scale\" using apps/v1"));
            })
        .hasMessage(
            "Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\""
                + " using apps/v1: .spec.replicas");
  }

  @Test
  void severalConflictsAreListedByManager() {
    ObjectNode live = created(yaml("{spec: {a: 1, c: 1}}"), ALICE);
    ObjectNode both = apply(live, yaml("{spec: {b: 1}}"), BOB);
    assertThatThrownBy(
            () ->
                apply(
                    both,
                    yaml("{spec: {a: 2, b: 2, c: 2}}"),
                    FieldOwner.applier("carol", "apps/v1")))
        .hasMessage(
            "Apply failed with 3 conflicts: conflicts with \"alice\":\n- .spec.a\n- .spec.c\n"
                + "conflicts with \"bob\":\n- .spec.b");
  }

  @Test
  void theSameValueIsShared() {
    ObjectNode live = created(yaml("{spec: {replicas: 2}}"), ALICE);
    ObjectNode next = apply(live, yaml("{spec: {replicas: 2}}"), BOB);
    assertThat(owned(next, ALICE)).isEqualTo(owned(next, BOB)).containsExactly(".spec.replicas");
  }

  @Test
  void forceTakesOver() {
    ObjectNode live = created(yaml("{spec: {replicas: 2, paused: true}}"), ALICE);
    ObjectNode next = force(live, yaml("{spec: {replicas: 3}}"), BOB);
    assertThat(next.at("/spec/replicas").asInt()).isEqualTo(3);
    assertThat(owned(next, ALICE)).containsExactly(".spec.paused");
    assertThat(owned(next, BOB)).containsExactly(".spec.replicas");
  }

  @Test
  void theServersSpellingIsNoChange() {
    UnaryOperator<ObjectNode> canonical =
        object -> {
          ObjectNode stored = object.deepCopy();
          if (stored.at("/spec/cpu").asText().equals("0.5")) {
            spec(stored).put("cpu", "500m");
          }
          return stored;
        };
    ObjectNode live = created(yaml("{spec: {cpu: 500m}}"), ALICE);
    Applied applied = OWNERSHIP.apply(live, yaml("{spec: {cpu: '0.5'}}"), BOB, false, canonical);
    assertThat(applied.managers().entries()).hasSize(2);
  }

  @Test
  void aConflictIsToldBeforeWhatElseIsWrong() {
    ObjectNode live = created(yaml("{spec: {replicas: 2}}"), ALICE);
    UnaryOperator<ObjectNode> refuses =
        object -> {
          throw StatusError.badRequest("wrong");
        };
    assertThatThrownBy(
            () -> OWNERSHIP.apply(live, yaml("{spec: {replicas: 3}}"), BOB, false, refuses))
        .hasMessageContaining("1 conflict");
    assertThatThrownBy(
            () -> OWNERSHIP.apply(live, yaml("{spec: {replicas: 3}}"), BOB, true, refuses))
        .hasMessage("wrong");
  }

  @Test
  void whatWasThereBeforeTheFirstApplyHasAnOwner() {
    ObjectNode live = yaml("{metadata: {labels: {a: b}}, spec: {replicas: 2}, status: {x: 1}}");
    ObjectNode next = apply(live, yaml("{metadata: {labels: {a: b}}}"), ALICE);
    assertThat(owned(next, FieldOwner.updater("before-first-apply", "apps/v1", "")))
        .containsExactly(".metadata.labels.a", ".spec.replicas");
    assertThatThrownBy(() -> apply(live, yaml("{spec: {replicas: 3}}"), ALICE))
        .hasMessageContaining("\"before-first-apply\" using apps/v1: .spec.replicas");
  }

  @Test
  void whatKubectlAppliedOnItsSideIsToldApartFromWhatOthersSet() {
    ObjectNode live = yaml("{spec: {replicas: 5, paused: true, minReadySeconds: 1}}");
    ObjectNode last = yaml("{spec: {replicas: 2, paused: true}}");
    live.putObject("metadata").putObject("annotations").put(Ownership.LAST_APPLIED, "" + last);
    ObjectNode next = apply(live, yaml("{spec: {paused: true}}"), ALICE);
    assertThat(owned(next, FieldOwner.updater(Ownership.CLIENT_SIDE, "apps/v1", "")))
        .containsExactly(".metadata.annotations." + Ownership.LAST_APPLIED, ".spec.paused");
    assertThat(owned(next, FieldOwner.updater(Ownership.BEFORE, "apps/v1", "")))
        .containsExactly(".spec.minReadySeconds", ".spec.replicas");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "null"})
  void aNoteThatKubectlDidNotWriteIsOwnedAndNotRead(String note) {
    ObjectNode live = yaml("{spec: {replicas: 5}}");
    live.putObject("metadata").putObject("annotations").put(Ownership.LAST_APPLIED, note);
    ObjectNode next = apply(live, yaml("{spec: {replicas: 5}}"), ALICE);
    assertThat(owned(next, FieldOwner.updater(Ownership.CLIENT_SIDE, "apps/v1", "")))
        .containsExactly(".metadata.annotations." + Ownership.LAST_APPLIED);
  }

  @Test
  void objectsThatWereNeverAppliedAreNotTracked() {
    ObjectNode live = yaml("{spec: {replicas: 2}}");
    ObjectNode next = yaml("{spec: {replicas: 3}}");
    assertThat(OWNERSHIP.update(live, next, next, SCALER).isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[{}, {}]", "[{manager: x}]", "text"})
  void ownersThatMakeNoSenseAreNotTaken(String sent) {
    ObjectNode live = created(yaml("{spec: {replicas: 2}}"), ALICE);
    ObjectNode next = live.deepCopy();
    ((ObjectNode) next.get("metadata")).set("managedFields", yaml("{a: " + sent + "}").get("a"));
    assertThat(owned(update(live, next, SCALER), ALICE)).containsExactly(".spec.replicas");
  }

  @Test
  void aListOfOneEmptyOwnerForgetsThemAll() {
    ObjectNode live = created(yaml("{spec: {replicas: 2}}"), ALICE);
    ObjectNode next = yaml("{spec: {replicas: 3}, metadata: {managedFields: [{}]}}");
    assertThat(OWNERSHIP.update(live, next, next, SCALER).isEmpty()).isTrue();
  }

  /** As kubectl does with what it applied on its own side before. */
  @Test
  void aWriteCanNameOtherOwners() {
    ObjectNode live = apply(yaml("{spec: {replicas: 2}}"), yaml("{spec: {replicas: 2}}"), ALICE);
    ObjectNode next = live.deepCopy();
    ((com.fasterxml.jackson.databind.node.ArrayNode) next.at("/metadata/managedFields")).remove(0);
    ObjectNode after = update(live, next, FieldOwner.updater("kubectl", "apps/v1", ""));
    assertThat(FieldOwners.of(after).entries()).hasSize(1);
    assertThat(owned(after, ALICE)).containsExactly(".spec.replicas");
  }

  @Test
  void oldUpdatersBecomeOne() {
    ObjectNode live = created(yaml("{spec: {x: 0}}"), ALICE);
    for (int i = 0; i < FieldOwners.MAX_UPDATERS + 5; i++) {
      ObjectNode next = live.deepCopy();
      spec(next).put("f" + i, i);
      live =
          made(
              next,
              new Ownership(Set.of(), NOW.plusSeconds(i))
                  .update(live, next, next, FieldOwner.updater("m" + i, "apps/v1", "")));
    }
    assertThat(FieldOwners.of(live).entries()).hasSize(FieldOwners.MAX_UPDATERS + 1);
    assertThat(owned(live, FieldOwner.updater(FieldOwners.ANCIENT, "apps/v1", "")))
        .contains(".spec.f0", ".spec.f5")
        .doesNotContain(".spec.f6");
  }

  @Test
  void ownersHaveABound() {
    ObjectNode config = Json.object();
    ObjectNode data = config.putObject("data");
    for (int i = 0; i < FieldOwners.MAX_BYTES / 10; i++) {
      data.put("key-" + i, "");
    }
    FieldOwners managers = OWNERSHIP.create(config, ALICE);
    assertThatThrownBy(managers::toJson)
        .isInstanceOfSatisfying(StatusError.class, e -> assertThat(e.code()).isEqualTo(413))
        .hasMessageContaining("metadata.managedFields")
        .hasMessageContaining("" + FieldOwners.MAX_BYTES);
  }

  @Test
  void twoEntriesOfOneKeyAreRefused() {
    assertThatThrownBy(() -> created(yaml("{spec: {env: [{name: A}, {name: A}]}}"), ALICE))
        .hasMessageContaining(".spec.env[name=\"A\"]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[a, b, c]|[b]|[a, b, c]",
        "[a, b]|[c]|[a, b, c]",
        "[a, b]|[c, b]|[a, c, b]",
        "[a, b]|[b, c, a]|[b, c, a]",
        "[a, x, b]|[c, b, a]|[c, x, b, a]",
        "[]|[a]|[a]",
      })
  void listsAreMergedInTheConfigurationsOrder(String live, String config, String merged) {
    List<String> names = new ArrayList<>();
    Merging.merge(named(live), named(config))
        .path("containers")
        .forEach(c -> names.add(c.path("name").asText()));
    assertThat(names.toString()).isEqualTo(merged);
  }

  private static ObjectNode named(String names) {
    ObjectNode object = Json.object();
    var list = object.putArray("containers");
    for (String name : names.replaceAll("[\\[\\] ]", "").split(",")) {
      if (!name.isEmpty()) {
        list.addObject().put("name", name);
      }
    }
    return object;
  }

  /** Small objects of fields that lists, maps and wholes are made of. */
  private static ObjectNode random(Random random, String prefix) {
    ObjectNode object = Json.object();
    ObjectNode spec = object.putObject("spec");
    for (int i = 0; i < 4; i++) {
      if (random.nextBoolean()) {
        spec.put(prefix + i, random.nextInt(3));
      }
      if (random.nextBoolean()) {
        spec.withArray("env")
            .addObject()
            .put("name", prefix + "E" + i)
            .put("value", "" + random.nextInt(3));
      }
      if (random.nextBoolean()) {
        object.withObject("metadata").withObject("labels").put(prefix + i, "" + random.nextInt(3));
      }
    }
    if (random.nextBoolean()) {
      spec.putObject(prefix + "wrapper").putArray("args").add(random.nextInt(3));
    }
    if (spec.isEmpty()) {
      spec.put(prefix + "always", 1);
    }
    return object;
  }

  @Test
  void propertiesOfRandomConfigurations() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int run = 0; run < 200; run++) {
      String at = "seed " + seed + ", run " + run;
      ObjectNode first = random(random, "a");
      ObjectNode second = random(random, "a");
      ObjectNode others = random(random, "b");

      ObjectNode live = created(first, ALICE);
      assertThat(OWNERSHIP.apply(live, first, ALICE, false, AS_IS).unchanged())
          .as("the same again is no change; %s", at)
          .isTrue();

      ObjectNode shared = apply(live, others, BOB);
      assertThat(owned(shared, ALICE))
          .as("disjoint fields are no conflict; %s", at)
          .isEqualTo(owned(live, ALICE));

      ObjectNode next = apply(shared, second, ALICE);
      ObjectNode expected = apply(created(second, ALICE), others, BOB);
      assertThat(Shape.parts(Shape.owned(next, Set.of())))
          .as("what is left does not depend on what was before; %s", at)
          .isEqualTo(Shape.parts(Shape.owned(expected, Set.of())));

      ObjectNode taken = force(live, second, BOB);
      FieldSet wanted = Shape.fields(Shape.owned(second, Set.of()));
      assertThat(FieldOwners.of(taken).fieldsOf(BOB))
          .as("force owns all that it sets; %s", at)
          .isEqualTo(wanted);
      for (FieldPath path : wanted.paths()) {
        assertThat(Shape.parts(Shape.owned(taken, Set.of())).get(path))
            .as("force sets %s; %s", path, at)
            .isEqualTo(Shape.parts(Shape.owned(second, Set.of())).get(path));
      }
    }
  }
}
