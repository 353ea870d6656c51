package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.AssignedPod;
import io.hawser.model.EventRecord;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.LayeredImageStore;
import io.hawser.runtime.image.registry.Credentials;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.RetryPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a container says of an image that can't be had: real store, real sockets, moved clock. */
class BadImagesTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int LAYER_BYTES = 100_000;

  @TempDir Path dir;
  private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  private final ManualTime time = ManualTime.get(kit.system());
  private final TestProbe<PodActor.Command> pod = kit.createTestProbe(PodActor.Command.class);
  private BadRegistry registry;

  /** Longer than an answer takes on a busy machine. */
  private Duration bound = Duration.ofSeconds(15);

  @BeforeEach
  void start() throws IOException {
    registry = new BadRegistry();
    registry.putImage(architecture(), noise());
  }

  @AfterEach
  void stop() {
    registry.close();
    kit.shutdownTestKit();
  }

  private static String architecture() {
    return System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
  }

  private static byte[] noise() {
    byte[] layer = new byte[LAYER_BYTES];
    new Random(1).nextBytes(layer);
    return layer;
  }

  /** How the registry errs. */
  interface Mistake {
    boolean answer(BadRegistry registry, HttpExchange exchange) throws IOException;
  }

  private static Arguments when(String name, Mistake mistake, String... told) {
    return Arguments.of(name, mistake, told);
  }

  private static Mistake status(int code) {
    return (registry, exchange) -> BadRegistry.status(exchange, code);
  }

  private static Mistake layer(Mistake mistake) {
    return (registry, exchange) ->
        exchange.getRequestURI().getPath().endsWith(Digest.of(noise()).hex())
            && mistake.answer(registry, exchange);
  }

  private static boolean foreignIndex(BadRegistry registry, HttpExchange exchange) {
    String index =
        """
        {"schemaVersion": 2, "manifests": [
          {"mediaType": "%s", "digest": "sha256:%s", "size": 3,
           "platform": {"os": "linux", "architecture": "s390x"}}]}
        """
            .formatted(BadRegistry.MANIFEST, "0".repeat(64));
    registry.put("/v2/a/manifests/1", BadRegistry.INDEX, BadRegistry.bytes(index));
    return false;
  }

  private static boolean otherContent(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, LAYER_BYTES);
    exchange.getResponseBody().write(new byte[LAYER_BYTES]);
    return true;
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        when("401", status(401), "answered 401", "it needs a login"),
        when("404", status(404), "answered 404"),
        when("429", status(429), "answered 429"),
        when("500", status(500), "answered 500"),
        when("silence", (registry, exchange) -> registry.silence(), "in time"),
        when(
            "truncated layer",
            layer((r, e) -> BadRegistry.cutOff(e, "application/octet-stream", LAYER_BYTES)),
            "cut off at 512 of 100000 bytes"),
        when("wrong digest", layer((r, e) -> otherContent(e)), "has the digest"),
        when("no platform", BadImagesTest::foreignIndex, "has no manifest for", "s390x"),
        when(
            "manifest of 1 GB",
            (r, e) -> BadRegistry.cutOff(e, BadRegistry.MANIFEST, 1L << 30),
            "1073741824 bytes; at most"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void registrysMistakeIsTheContainersReason(String name, Mistake mistake, String[] told)
      throws Exception {
    if (name.equals("silence")) {
      bound = Duration.ofMillis(500);
    }
    registry.fault(exchange -> mistake.answer(registry, exchange));
    ContainerStatus failed = expectPullFailure(dir.resolve("images"), told);
    assertThat(failed.imageArchitectures())
        .isEqualTo(name.equals("no platform") ? Set.of("s390x") : Set.of());
  }

  @Test
  @Tag("kernel")
  void fullDiskIsTheContainersReason() throws Exception {
    Path small = Files.createDirectories(dir.resolve("small"));
    mount("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small.toString());
    try {
      expectPullFailure(small.resolve("images"), "No space left");
    } finally {
      mount("umount", small.toString());
    }
  }

  private static void mount(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  private ContainerStatus expectPullFailure(Path imageDirectory, String... told) throws Exception {
    AssignedPod assigned = startContainer(imageDirectory);
    ContainerStatus failedStatus = waiting("ErrImagePull");
    ContainerState failed = failedStatus.state();
    assertThat(failed.message().orElseThrow()).contains(told).contains(registry.host());
    assertThat(failed.message().get()).doesNotContain("Exception", "\n");
    time.timePasses(NodeLimits.PULL_FAILURE_SHOWN);
    ContainerStatus backingOffStatus = waiting("ImagePullBackOff");
    ContainerState backingOff = backingOffStatus.state();
    assertThat(backingOff.message().orElseThrow())
        .startsWith("Back-off pulling image \"" + registry.host() + "/a:1\": ")
        .contains(told);
    String image = registry.host() + "/a:1";
    List<EventRecord> events = events(assigned, failedStatus, backingOffStatus);
    assertThat(events)
        .extracting(e -> e.type() + " " + e.reason())
        .containsExactly("Warning Failed", "Warning Failed", "Normal BackOff");
    assertThat(events.get(0).message())
        .startsWith("Failed to pull image \"" + image + "\": ")
        .contains(told);
    assertThat(events.get(2).message()).isEqualTo("Back-off pulling image \"" + image + "\"");
    return failedStatus;
  }

  /** What a user is shown of a pod whose container was in these states. */
  private static List<EventRecord> events(AssignedPod assigned, ContainerStatus... states) {
    Instant at = Instant.EPOCH;
    ObjectName name = assigned.name();
    Pod made =
        Pod.created(
                new ObjectMeta(
                    name.namespace(), name.name(), assigned.uid(), 1, 0, at, Map.of(), Map.of()),
                assigned.spec(),
                Optional.empty())
            .placedOn("n1", at);
    ClusterState state = ClusterState.EMPTY.evolve(new SchedulerEvent.PodCreated(made, at));
    for (ContainerStatus container : states) {
      PodStatus status =
          new PodStatus(
              PodPhase.PENDING,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              List.of(),
              List.of(container),
              Optional.empty(),
              Optional.empty());
      state = state.evolve(new SchedulerEvent.PodStatusChanged(name, status, at));
    }
    return List.copyOf(state.events());
  }

  private AssignedPod startContainer(Path imageDirectory) throws Exception {
    RegistrySettings registries =
        RegistrySettings.defaults()
            .withRetry(new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1)))
            .withTimeouts(SOON, bound, bound)
            .withCredentials(Credentials.NONE);
    FakeRuntime runtime = new FakeRuntime(Files.createDirectories(dir.resolve("logs")));
    runtime.imageStore = new LayeredImageStore(Images.open(imageDirectory).library());
    NodeSettings plain = Pods.settings(dir);
    NodeSettings settings =
        new NodeSettings(
            plain.info(),
            plain.stateDir(),
            plain.fenceTimeout(),
            new NodeImages(() -> registries, Optional.empty()));
    Machine machine = new Machine(settings, runtime);
    machine.leftovers();
    AssignedPod assigned =
        Pods.pod(
            "a",
            Pods.spec(
                RestartPolicy.ALWAYS,
                Pods.with(Pods.container("main")).image(registry.host() + "/a:1")));
    PodWork work = machine.begin(assigned);
    work.prepare().toCompletableFuture().join();
    kit.spawn(
        ContainerActor.create(
            new ContainerActor.Task(machine, work, assigned.spec().containers().get(0), false),
            pod.getRef()));
    return assigned;
  }

  private ContainerStatus waiting(String reason) {
    PodActor.Command last =
        pod.fishForMessage(
                SOON,
                m ->
                    ((PodActor.ContainerChanged) m)
                            .status()
                            .state()
                            .reason()
                            .equals(Optional.of(reason))
                        ? FishingOutcomes.complete()
                        : FishingOutcomes.continueAndIgnore())
            .get(0);
    return ((PodActor.ContainerChanged) last).status();
  }
}
