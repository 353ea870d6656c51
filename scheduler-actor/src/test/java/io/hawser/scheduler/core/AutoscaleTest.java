package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.NodeProtocol.ContainerUsage;
import io.hawser.cluster.protocol.NodeProtocol.NodeUsage;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.AutoscaleRules;
import io.hawser.model.AutoscaleRules.Policy;
import io.hawser.model.AutoscaleRules.Select;
import io.hawser.model.HorizontalPodAutoscaler;
import io.hawser.model.HorizontalPodAutoscaler.Metric;
import io.hawser.model.HorizontalPodAutoscaler.Resource;
import io.hawser.model.HorizontalPodAutoscaler.Spec;
import io.hawser.model.HorizontalPodAutoscaler.Status;
import io.hawser.model.HorizontalPodAutoscaler.Target;
import io.hawser.model.Pod;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Autoscalers on a deployment whose pods request 100 thousandths of a core and 64 MiB each. */
class AutoscaleTest {
  private static final Duration PERIOD = Duration.ofSeconds(15);
  private static final AutoscaleRules AT_ONCE =
      new AutoscaleRules(0, Select.MAX, List.of(new Policy(true, 900, 15)));

  private final World world = World.withNodes(20);
  private long seed = 1_000;

  private void deploy(int replicas) {
    world.ask(
        new ClientRequest.CreateDeployment(
            Samples.name("web"), Map.of(), Map.of(), Samples.spec(replicas, "v1")));
    world.settle();
    world.pass(Duration.ofMinutes(6));
  }

  private void autoscale(int min, int max, AutoscaleRules up, AutoscaleRules down, Metric... by) {
    Target target = new Target("apps/v1", "Deployment", "web");
    Spec spec = new Spec(target, min, max, List.of(by), up, down);
    world.ask(
        WorkloadSamples.create(
            new HorizontalPodAutoscaler(WorkloadSamples.meta("web"), spec, Status.NONE)));
  }

  private static Metric cpu(int percent) {
    return Metric.utilization(Resource.CPU, percent);
  }

  /** A period passes, the pods have used so much, the autoscaler looks, the cluster follows. */
  private int look(ToLongFunction<Pod> cpuMillis) {
    glance(PERIOD, cpuMillis);
    world.settle();
    return replicas();
  }

  private void glance(Duration passed, ToLongFunction<Pod> cpuMillis) {
    world.pass(passed);
    Map<String, ContainerUsage> containers = new HashMap<>();
    for (Pod pod : world.livePods("web")) {
      long used = cpuMillis.applyAsLong(pod);
      if (used >= 0) {
        containers.put(pod.name() + "/main", new ContainerUsage(used, used << 20, 10_000));
      }
    }
    NodeUsage usage = new NodeUsage("n1", world.now, 0, 0, containers);
    world.decide(new SchedulerInput.UsageRead(world.now, seed++, List.of(usage)));
  }

  private int look(long cpuMillis) {
    return look(pod -> cpuMillis);
  }

  private int replicas() {
    return world.deployment("web").spec().replicas();
  }

  private HorizontalPodAutoscaler autoscaler() {
    return world.state.objects().find(HorizontalPodAutoscaler.class, Samples.name("web")).get();
  }

  private String reason(String condition) {
    return autoscaler().status().condition(condition).get().reason();
  }

  @Test
  @DisplayName("pods that use twice what is wanted become twice as many")
  void twiceTheUseMeansTwiceThePods() {
    deploy(2);
    autoscale(1, 10, AutoscaleRules.UP, AutoscaleRules.DOWN, cpu(50));
    assertThat(look(100)).isEqualTo(4);
    assertThat(autoscaler().status().metrics().get(0).utilization()).contains(100);
    assertThat(reason("AbleToScale")).isEqualTo("SucceededRescale");
    assertThat(reason("ScalingActive")).isEqualTo("ValidMetricFound");
    assertThat(autoscaler().status().desired()).isEqualTo(4);
  }

  @Test
  @DisplayName("a difference of a tenth changes nothing, and nothing is written")
  void withinTheToleranceNothingHappens() {
    deploy(4);
    autoscale(1, 10, AutoscaleRules.UP, AutoscaleRules.DOWN, cpu(50));
    look(54);
    int written = world.journal.size();
    assertThat(look(54)).isEqualTo(4);
    assertThat(look(54)).isEqualTo(4);
    assertThat(world.journal).hasSize(written);
  }

  @Test
  @DisplayName("by default no more than twice the pods, or four, come in 15 seconds")
  void theDefaultPaceUpwards() {
    deploy(1);
    autoscale(1, 100, AutoscaleRules.UP, AutoscaleRules.DOWN, cpu(10));
    glance(PERIOD, pod -> 1_000);
    assertThat(replicas()).isEqualTo(5);
    assertThat(reason("ScalingLimited")).isEqualTo("ScaleUpLimit");
    world.settle();
    world.pass(Duration.ofMinutes(6));
    glance(PERIOD, pod -> 1_000);
    assertThat(replicas()).isEqualTo(10);
    glance(Duration.ofSeconds(5), pod -> 1_000);
    assertThat(replicas()).as("within the same period").isEqualTo(10);
  }

  @Test
  @DisplayName("by default fewer pods are wanted for five minutes before they go")
  void theDefaultWindowDownwards() {
    deploy(8);
    autoscale(1, 10, AutoscaleRules.UP, AutoscaleRules.DOWN, cpu(50));
    for (int i = 0; i <= 20; i++) {
      glance(PERIOD, pod -> 10);
      assertThat(replicas()).as("after %d s", i * 15).isEqualTo(i < 20 ? 8 : 2);
    }
  }

  @Test
  @DisplayName("a short peak within the window keeps the pods")
  void aPeakStartsTheWindowAnew() {
    deploy(4);
    autoscale(1, 10, AT_ONCE, new AutoscaleRules(60, Select.MAX, AT_ONCE.policies()), cpu(50));
    look(50);
    look(10);
    look(50);
    look(10);
    look(10);
    assertThat(look(10)).isEqualTo(4);
  }

  @Test
  @DisplayName("to go up, the whole window must have asked for it")
  void aWindowUpwards() {
    deploy(2);
    AutoscaleRules slow = new AutoscaleRules(30, Select.MAX, AT_ONCE.policies());
    autoscale(1, 10, slow, AT_ONCE, cpu(50));
    look(50);
    assertThat(look(100)).isEqualTo(2);
    assertThat(reason("AbleToScale")).isEqualTo("ScaleUpStabilized");
    look(100);
    assertThat(look(100)).isEqualTo(4);
  }

  @Test
  @DisplayName("one pod a minute when the policy says so")
  void aPolicyOfPodsDownwards() {
    deploy(6);
    AutoscaleRules slow = new AutoscaleRules(0, Select.MAX, List.of(new Policy(false, 1, 60)));
    autoscale(1, 10, AT_ONCE, slow, cpu(50));
    assertThat(look(5)).isEqualTo(5);
    assertThat(reason("ScalingLimited")).isEqualTo("ScaleDownLimit");
    assertThat(look(5)).isEqualTo(5);
    world.pass(Duration.ofSeconds(60));
    assertThat(look(5)).isEqualTo(4);
  }

  @Test
  @DisplayName("of several policies Min takes the smallest change, Disabled none")
  void theChoiceOfPolicies() {
    deploy(4);
    List<Policy> policies = List.of(new Policy(false, 1, 15), new Policy(true, 100, 15));
    autoscale(
        1,
        20,
        new AutoscaleRules(0, Select.MIN, policies),
        new AutoscaleRules(0, Select.DISABLED, policies),
        cpu(50));
    assertThat(look(200)).isEqualTo(5);
    assertThat(look(1)).isEqualTo(5);
  }

  @Test
  @DisplayName("the number stays within the bounds, also when a user set another one")
  void theBoundsHold() {
    deploy(2);
    autoscale(3, 5, AT_ONCE, AT_ONCE, cpu(50));
    assertThat(look(50)).as("below the least").isEqualTo(3);
    assertThat(look(500)).isEqualTo(5);
    assertThat(reason("ScalingLimited")).isEqualTo("TooManyReplicas");
    world.ask(new ClientRequest.ScaleDeployment(Samples.name("web"), 9, Optional.empty()));
    assertThat(look(50)).as("above the most").isEqualTo(5);
    assertThat(look(1)).isEqualTo(3);
    assertThat(reason("ScalingLimited")).isEqualTo("TooFewReplicas");
  }

  @Test
  @DisplayName("with no pods wanted there is nothing to scale")
  void zeroIsOff() {
    deploy(0);
    autoscale(1, 5, AT_ONCE, AT_ONCE, cpu(50));
    assertThat(look(50)).isZero();
    assertThat(reason("ScalingActive")).isEqualTo("ScalingDisabled");
  }

  @Test
  @DisplayName("of several metrics the one that wants most decides")
  void theHighestMetricWins() {
    deploy(2);
    autoscale(1, 10, AT_ONCE, AT_ONCE, cpu(100), Metric.average(Resource.MEMORY, 20L << 20));
    assertThat(look(60)).as("memory: three times 20 MiB").isEqualTo(6);
  }

  @Test
  @DisplayName("a pod that was not measured never makes a change larger")
  void missingPodsAreCounted() {
    deploy(4);
    autoscale(1, 20, AT_ONCE, AT_ONCE, cpu(50));
    Pod first = world.livePods("web").get(0);
    assertThat(look(pod -> pod.name().equals(first.name()) ? -1 : 100))
        .as("up: as if it used nothing: 3 × 100 of 4 × 50")
        .isEqualTo(6);
    deployAgain(4);
    Pod missing = world.livePods("web").get(0);
    assertThat(look(pod -> pod.name().equals(missing.name()) ? -1 : 10))
        .as("down: as if it used all: 130 % of four, of 50 %")
        .isEqualTo(3);
  }

  private void deployAgain(int replicas) {
    world.ask(new ClientRequest.ScaleDeployment(Samples.name("web"), replicas, Optional.empty()));
    world.settle();
    world.pass(Duration.ofMinutes(6));
  }

  @Test
  @DisplayName("pods that are starting do not count their busy start")
  void startingPodsAreIgnored() {
    deploy(2);
    autoscale(1, 20, AT_ONCE, AT_ONCE, cpu(50));
    glance(PERIOD, pod -> 100);
    assertThat(replicas()).isEqualTo(4);
    world.nodesObey();
    glance(Duration.ofSeconds(3), pod -> pod.meta().createdAt().isAfter(first()) ? 1_000 : 50);
    assertThat(replicas()).as("new pods at ten times their request").isEqualTo(4);
  }

  private java.time.Instant first() {
    return world.deployment("web").meta().createdAt();
  }

  @Test
  @DisplayName("without figures nothing changes, and the condition says why")
  void noMetricsNoChange() {
    deploy(3);
    autoscale(1, 5, AT_ONCE, AT_ONCE, cpu(50));
    assertThat(look(-1)).isEqualTo(3);
    assertThat(reason("ScalingActive")).isEqualTo("FailedGetResourceMetric");
    assertThat(autoscaler().status().condition("ScalingActive").get().message())
        .contains("did not receive metrics");
    assertThat(world.state.events().stream().map(e -> e.reason()))
        .contains("FailedGetResourceMetric");
  }

  @Test
  @DisplayName("a target that does not exist is said in a condition")
  void noTarget() {
    autoscale(1, 5, AT_ONCE, AT_ONCE, cpu(50));
    world.decide(new SchedulerInput.UsageRead(world.now, seed++, List.of()));
    assertThat(reason("AbleToScale")).isEqualTo("FailedGetScale");
  }

  @Test
  @DisplayName("a rescale is told as an event")
  void aRescaleIsAnEvent() {
    deploy(2);
    autoscale(1, 10, AT_ONCE, AT_ONCE, cpu(50));
    look(100);
    assertThat(world.state.events().stream().map(e -> e.message()))
        .contains("New size: 4; reason: metrics above target");
  }

  @Property(tries = 60)
  @Label("whatever is used, the number stays within its bounds and each step within its policy")
  void theNumberStaysWithinBoundsAndPace(
      @ForAll @Size(min = 1, max = 30) List<@IntRange(min = -1, max = 400) Integer> uses) {
    deploy(3);
    AutoscaleRules two = new AutoscaleRules(30, Select.MAX, List.of(new Policy(false, 2, 60)));
    autoscale(2, 9, two, two, cpu(50));
    for (int use : uses) {
      int before = replicas();
      glance(PERIOD, pod -> use);
      int atPeriodsStart = before - changesBeforeNow(Duration.ofSeconds(60));
      assertThat(replicas())
          .isBetween(2, 9)
          .isBetween(Math.min(before, atPeriodsStart - 2), Math.max(before, atPeriodsStart + 2));
      assertThat(autoscaler().status().recommendations()).hasSizeLessThanOrEqualTo(240);
      world.settle();
    }
  }

  private int changesBeforeNow(Duration period) {
    return autoscaler().status().changes().stream()
        .filter(c -> c.at().isAfter(world.now.minus(period)) && c.at().isBefore(world.now))
        .mapToInt(c -> c.replicas())
        .sum();
  }

  @Property(tries = 40)
  @Label("a steady use comes to rest and writes nothing any more")
  void aSteadyUseComesToRest(@ForAll @IntRange(min = 1, max = 300) int total) {
    deploy(3);
    autoscale(1, 20, AT_ONCE, AT_ONCE, cpu(50));
    for (int i = 0; i < 12; i++) {
      share(total);
    }
    long before =
        world.journal.stream().filter(SchedulerEvent.DeploymentChanged.class::isInstance).count();
    share(total);
    assertThat(
            world.journal.stream()
                .filter(SchedulerEvent.DeploymentChanged.class::isInstance)
                .count())
        .isEqualTo(before);
  }

  /** All pods together use so much, however many they are. */
  private void share(int total) {
    int pods = Math.max(1, world.livePods("web").size());
    look((long) total * 10 / pods);
  }
}
