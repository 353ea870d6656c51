package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.model.ApiObject;
import io.hawser.model.ConfigMap;
import io.hawser.model.ConfigSource;
import io.hawser.model.DaemonSet;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.PodTemplate;
import io.hawser.model.PriorityClass;
import io.hawser.model.Refusal.Reason;
import io.hawser.model.RolloutHints;
import io.hawser.model.Secret;
import io.hawser.model.StatefulSet;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ObjectRequestTest {
  private final World world = World.withNodes(0);

  private static ObjectMeta meta(String namespace, String name) {
    return new ObjectMeta(namespace, name, "", 0, 0, Instant.EPOCH, Map.of(), Map.of());
  }

  private static ConfigMap map(String name, String value, boolean immutable) {
    return new ConfigMap(meta("default", name), Map.of("key", value), Map.of(), immutable);
  }

  private static ClientRequest update(ApiObject object) {
    return new ClientRequest.UpdateObject(object, Optional.empty(), Optional.empty());
  }

  private ConfigMap stored(String name) {
    return world.state.objects().find(ConfigMap.class, Samples.name(name)).orElseThrow();
  }

  @Test
  void anObjectIsCreatedChangedAndDeleted() {
    world.ask(new ClientRequest.CreateObject(map("a", "1", false)));
    assertThat(stored("a").meta().generation()).isEqualTo(1);
    assertThat(stored("a").meta().uid()).isNotEmpty();
    String uid = stored("a").meta().uid();

    world.ask(update(map("a", "2", false)));
    assertThat(stored("a").data()).containsEntry("key", "2");
    assertThat(stored("a").meta().generation()).isEqualTo(2);
    assertThat(stored("a").meta().uid()).isEqualTo(uid);

    world.ask(new ClientRequest.DeleteObject(stored("a").key(), Optional.empty(), false));
    assertThat(world.state.objects().all()).isEmpty();
  }

  @Test
  void applyingTheSameObjectTwiceChangesNothing() {
    world.ask(new ClientRequest.CreateObject(map("a", "1", false)));
    long before = world.state.revision();
    assertThat(world.ask(update(map("a", "1", false)))).isInstanceOf(Answer.Accepted.class);
    assertThat(world.state.revision()).isEqualTo(before);
  }

  @Test
  void whatIsNotThereOrThereAlreadyIsRefused() {
    assertThat(world.refused(update(map("a", "1", false))).reason()).isEqualTo(Reason.NOT_FOUND);
    world.ask(new ClientRequest.CreateObject(map("a", "1", false)));
    assertThat(world.refused(new ClientRequest.CreateObject(map("a", "1", false))).message())
        .isEqualTo("configmaps \"a\" already exists");
    ConfigMap elsewhere = map("a", "1", false).withMeta(meta("nowhere", "a"));
    assertThat(world.refused(new ClientRequest.CreateObject(elsewhere)).reason())
        .isEqualTo(Reason.NOT_FOUND);
  }

  @Test
  void anOldVersionOrAnotherUidIsAConflict() {
    world.ask(new ClientRequest.CreateObject(map("a", "1", false)));
    ConfigMap next = map("a", "2", false);
    long version = stored("a").meta().resourceVersion();
    assertThat(
            world
                .refused(
                    new ClientRequest.UpdateObject(
                        next, Optional.of(version - 1), Optional.empty()))
                .reason())
        .isEqualTo(Reason.CONFLICT);
    assertThat(
            world
                .refused(
                    new ClientRequest.DeleteObject(stored("a").key(), Optional.of("other"), false))
                .reason())
        .isEqualTo(Reason.CONFLICT);
  }

  @Test
  void immutableDataStaysAsItIs() {
    world.ask(new ClientRequest.CreateObject(map("a", "1", true)));
    assertThat(world.refused(update(map("a", "2", true))).reason()).isEqualTo(Reason.INVALID);
    assertThat(world.refused(update(map("a", "1", false))).reason()).isEqualTo(Reason.INVALID);
  }

  @Test
  void aNamespaceTakesItsObjectsAlong() {
    world.ask(new ClientRequest.CreateNamespace("blue", Map.of(), Map.of()));
    world.ask(new ClientRequest.CreateObject(map("a", "1", false).withMeta(meta("blue", "a"))));
    world.ask(new ClientRequest.CreateObject(map("b", "1", false)));
    world.ask(new ClientRequest.DeleteNamespace("blue"));
    assertThat(world.state.objects().all(ConfigMap.class)).containsExactly(stored("b"));
  }

  @Test
  void onlyOnePriorityClassIsTheDefault() {
    world.ask(new ClientRequest.CreateObject(new PriorityClass(meta("", "a"), 10, true, "", true)));
    assertThat(
            world
                .refused(
                    new ClientRequest.CreateObject(
                        new PriorityClass(meta("", "b"), 20, true, "", true)))
                .causes())
        .singleElement()
        .matches(c -> c.field().equals("globalDefault"));
  }

  @Test
  void aChangedConfigMapRollsOutTheDeploymentsThatAskForIt() {
    world.register("n1");
    world.ask(new ClientRequest.CreateObject(map("settings", "1", false)));
    for (String name : List.of("asks", "plain")) {
      DeploymentSpec spec = Samples.spec(1, reading("settings"), DeploymentSpec.Strategy.DEFAULT);
      Map<String, String> annotations =
          name.equals("asks") ? Map.of(RolloutHints.FOLLOWS_CONFIG, "true") : Map.of();
      world.ask(
          new ClientRequest.CreateDeployment(
              Samples.name(name), Samples.LABELS, annotations, spec));
    }
    world.settle();
    assertThat(Configs.readers(world.state, stored("settings").key())).containsExactly("n1");

    world.ask(update(map("settings", "2", false)));
    world.settle();
    assertThat(world.deployment("asks").currentRevision().number()).isEqualTo(2);
    assertThat(world.deployment("plain").currentRevision().number()).isEqualTo(1);

    world.ask(update(map("settings", "2", false)));
    assertThat(world.deployment("asks").currentRevision().number()).isEqualTo(2);
  }

  @Test
  void aChangedConfigMapRollsOutTheSetsThatAskForIt() {
    world.register("n1");
    world.ask(new ClientRequest.CreateObject(map("settings", "1", false)));
    Map<String, String> asks = Map.of(RolloutHints.FOLLOWS_CONFIG, "true");
    PodTemplate template = new PodTemplate(Samples.LABELS, Map.of(), reading("settings"));
    StatefulSet db = WorkloadSamples.stateful("db", "v1", 1, false, 0).withTemplate(template);
    DaemonSet agent = WorkloadSamples.daemon("agent", "v1", 1).withTemplate(template);
    world.ask(WorkloadSamples.create(db.withMeta(annotated(db.meta(), asks))));
    world.ask(WorkloadSamples.create(agent.withMeta(annotated(agent.meta(), asks))));
    DaemonSet plain = WorkloadSamples.daemon("plain", "v1", 1).withTemplate(template);
    world.ask(WorkloadSamples.create(plain));
    world.settle();
    List<String> before = world.state.pods().values().stream().map(Pod::uid).toList();

    world.ask(update(map("settings", "2", false)));
    world.settle();
    assertThat(world.state.pods().values())
        .filteredOn(p -> before.contains(p.uid()))
        .allMatch(p -> p.meta().name().startsWith("plain"))
        .hasSize(1);
    assertThat(world.state.pods()).hasSize(3);
  }

  private static ObjectMeta annotated(ObjectMeta meta, Map<String, String> annotations) {
    return meta.withLabelsAndAnnotations(meta.labels(), annotations);
  }

  private static PodSpec reading(String map) {
    PodSpec plain = Samples.podSpec("v1", 100);
    ConfigSource.Files files =
        new ConfigSource.Files(ConfigSource.Kind.CONFIG_MAP, map, false, List.of());
    PodSpec.Volume volume =
        new PodSpec.Volume(
            "v",
            Optional.empty(),
            Optional.empty(),
            Optional.of(
                new ConfigSource.FileVolume(ConfigSource.Form.CONFIG_MAP, 420, List.of(files))));
    return new PodSpec(
        List.of(),
        plain.containers(),
        List.of(volume),
        plain.restartPolicy(),
        30,
        Map.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false,
        plain.securityContext());
  }

  @Test
  void aSecretsTextTellsNothingOfItsValues() {
    ObjectMeta copy =
        new ObjectMeta(
            "default", "s", "", 0, 0, Instant.EPOCH, Map.of(), Map.of("last", "aHVudGVyMg=="));
    Secret secret = new Secret(copy, Secret.OPAQUE, Map.of("password", "aHVudGVyMg=="), false);
    world.ask(new ClientRequest.CreateObject(secret));
    assertThat(world.journal.toString() + new ClientRequest.CreateObject(secret))
        .contains("default/s")
        .doesNotContain("aHVudGVyMg");
  }
}
