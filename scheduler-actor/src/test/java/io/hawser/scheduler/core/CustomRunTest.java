package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.spi.PluginJars;
import io.hawser.cluster.spi.WorkloadContract;
import io.hawser.cluster.spi.WorkloadKind;
import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.model.CustomObject;
import io.hawser.model.ObjectKey;
import io.hawser.model.Pod;
import io.hawser.model.PodTemplate;
import io.hawser.scheduler.Jars;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kinds that a jar brings, with the example's among them. */
class CustomRunTest {
  private static final Map<String, Object> OFFICE = Map.of("replicas", 2, "from", 8, "to", 18);

  @TempDir static Path jars;
  private static WorkloadKind officeHours;

  @BeforeAll
  static void findTheExample() throws IOException {
    Jars.ofTheExample("workload-plugin", jars);
    List<WorkloadKind> found =
        PluginJars.in(jars.toString()).all(WorkloadKind.class, kind -> kind.names().type());
    assertThat(found).hasSize(1);
    officeHours = found.get(0);
  }

  private static World world(WorkloadKind... kinds) {
    World world =
        new World(
            1,
            new PlacementSettings(
                PlacementSettings.DEFAULT.policy(),
                Map.of(),
                List.of(),
                List.of(),
                List.of(kinds)));
    world.register("n1");
    return world;
  }

  private static CustomObject object(WorkloadKind kind, String image) {
    return new CustomObject(
        WorkloadSamples.meta("desk"),
        kind.names().type(),
        OFFICE,
        Optional.of(WorkloadSamples.template(image)),
        CustomObject.Status.NONE);
  }

  private static void create(World world, WorkloadKind kind) {
    Answer answer = world.ask(new ClientRequest.CreateObject(object(kind, "v1")));
    assertThat(answer).isInstanceOf(Answer.Accepted.class);
  }

  private static CustomObject stored(World world, WorkloadKind kind) {
    ObjectKey key = new ObjectKey(kind.names().type(), "default", "desk");
    return (CustomObject) world.state.objects().find(key).orElseThrow();
  }

  private static List<String> pods(World world) {
    return world.state.pods().keySet().stream().map(n -> n.name()).toList();
  }

  private static void passTo(World world, int hour) {
    world.pass(
        Duration.between(
            world.now, Instant.parse("2026-01-01T00:00:00Z").plusSeconds(3_600L * hour)));
    world.settle();
  }

  @Test
  void theExampleKeepsTheContract() {
    WorkloadContract.check(officeHours, OFFICE, WorkloadSamples.template("v1"));
  }

  @Test
  void timeAloneOpensAndClosesTheExamplesOffice() {
    World world = world(officeHours);
    create(world, officeHours);
    world.settle();
    assertThat(pods(world)).isEmpty();

    passTo(world, 9);
    assertThat(pods(world)).containsExactly("desk-0-0", "desk-1-0");
    assertThat(world.pod("desk-0-0").status().isReady()).isTrue();
    assertThat(stored(world, officeHours).status().pods()).isEqualTo(2);
    assertThat(stored(world, officeHours).status().fields()).containsEntry("open", true);

    passTo(world, 19);
    assertThat(pods(world)).isEmpty();
  }

  @Test
  void anEndedPodIsReplacedAndANewTemplateReplacesAll() {
    World world = world(officeHours);
    create(world, officeHours);
    passTo(world, 9);

    world.failed(world.pod("desk-0-0"));
    world.settle();
    assertThat(pods(world)).containsExactly("desk-0-1", "desk-1-0");

    world.ask(
        new ClientRequest.UpdateObject(
            object(officeHours, "v2"), Optional.empty(), Optional.empty()));
    world.settle();
    assertThat(world.state.pods().values())
        .hasSize(2)
        .allMatch(p -> p.spec().containers().get(0).image().equals("v2"));
  }

  @Test
  void itsPodsGoWithTheObjectAndStayWhereTheJarIsMissing() {
    World world = world(officeHours);
    create(world, officeHours);
    passTo(world, 9);

    World without = world();
    without.state = ClusterSnapshot.of(world.state).toState();
    without.now = world.now;
    passTo(without, 19);
    assertThat(pods(without)).containsExactly("desk-0-0", "desk-1-0");

    world.ask(
        new ClientRequest.DeleteObject(
            new ObjectKey(officeHours.names().type(), "default", "desk"), Optional.empty(), false));
    world.settle();
    assertThat(pods(world)).isEmpty();
  }

  /** Wants what the test says. */
  private record Scripted(Script script) implements WorkloadKind {
    interface Script {
      Step next(CustomObject object, List<Pod> pods, Instant now);
    }

    @Override
    public Names names() {
      return new Names("test.hawser.io", "v1", "Scripted", "scripteds", List.of());
    }

    @Override
    public Optional<String> refusal(CustomObject object) {
      return Optional.empty();
    }

    @Override
    public Step next(CustomObject object, List<Pod> pods, Instant now) {
      return script.next(object, pods, now);
    }
  }

  private static WorkloadKind.Step wants(CustomObject object, String... names) {
    PodTemplate template = object.template().orElseThrow();
    return new WorkloadKind.Step(
        List.of(names).stream().map(n -> new WorkloadKind.WantedPod(n, template)).toList(),
        Map.of(),
        false);
  }

  @Test
  void aFailureStaysWithItsObjectAndLeavesItsPods() {
    boolean[] broken = {false};
    WorkloadKind kind =
        new Scripted(
            (object, pods, now) -> {
              if (broken[0]) {
                throw new IllegalStateException("out of ideas");
              }
              return wants(object, "desk-a");
            });
    World world = world(kind);
    create(world, kind);
    world.settle();
    assertThat(pods(world)).containsExactly("desk-a");

    broken[0] = true;
    world.failed(world.pod("desk-a"));
    assertThat(stored(world, kind).status().problem()).get().asString().contains("out of ideas");
    assertThat(pods(world)).containsExactly("desk-a");

    broken[0] = false;
    world.pass(Duration.ofSeconds(1));
    assertThat(stored(world, kind).status().problem()).isEmpty();
  }

  @Test
  void whoNeverWantsTheSameTwiceCostsOneChangeInADecision() {
    int[] calls = {0};
    WorkloadKind kind = new Scripted((object, pods, now) -> wants(object, "desk-" + calls[0]++));
    World world = world(kind);
    create(world, kind);
    assertThat(world.state.pods()).hasSize(1);
    world.pass(Duration.ofSeconds(1));
    assertThat(world.state.pods().values().stream().filter(p -> !p.isDeleting())).hasSize(1);

    assertThatThrownBy(() -> WorkloadContract.check(kind, Map.of(), WorkloadSamples.template("v1")))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void strangeNamesAndOtherPeoplesPodsAreRefused() {
    WorkloadKind strange = new Scripted((object, pods, now) -> wants(object, "other-pod"));
    World world = world(strange);
    create(world, strange);
    assertThat(world.state.pods()).isEmpty();
    assertThat(stored(world, strange).status().problem()).get().asString().contains("other-pod");

    WorkloadKind taken = new Scripted((object, pods, now) -> wants(object, "desk-a"));
    World second = world(taken);
    second.ask(
        new ClientRequest.CreatePod(
            Samples.name("desk-a"), Map.of(), Map.of(), Samples.podSpec("v1", 100)));
    create(second, taken);
    assertThat(second.pod("desk-a").owner()).isEmpty();
    assertThat(stored(second, taken).status().problem()).contains("pod desk-a is somebody else's");
  }
}
