package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.protocol.ControllerProtocol.WhyLink;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus;
import io.hawser.model.PodStatus.ContainerState;
import io.hawser.model.PodStatus.ContainerStatus;
import io.hawser.model.RolloutHints;
import io.hawser.scheduler.core.history.CausalHistory;
import io.hawser.scheduler.core.history.Subject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a journal tells of why things are as they are. */
class CausalHistoryTest {
  private final World world = World.withNodes(3);
  private final List<SchedulerEvent> journal = new ArrayList<>(world.journal);
  private int seen = world.journal.size();

  /** Each request at an instant of its own, with its note, as the scheduler writes it. */
  private void ask(String id, ClientRequest request) {
    world.pass(Duration.ofSeconds(1));
    copy();
    world.ask(request);
    copy();
    journal.add(new SchedulerEvent.RequestDone(id, "uid", world.now));
    world.pass(Duration.ofSeconds(1));
  }

  private void copy() {
    journal.addAll(world.journal.subList(seen, world.journal.size()));
    seen = world.journal.size();
  }

  private List<WhyLink> why(String kind, String name, int from) {
    copy();
    String namespace = kind.equals("Node") ? "" : "default";
    CausalHistory history =
        new CausalHistory(
            new Subject(kind, namespace, name, from == 0 ? Optional.empty() : Optional.of("web")));
    for (int i = from; i < journal.size(); i++) {
      history.add(i + 1L, journal.get(i));
    }
    return history.links();
  }

  private List<String> inWords(String kind, String name) {
    return why(kind, name, 0).stream().map(l -> l.because() + ": " + l.text()).toList();
  }

  private void web(int replicas) {
    ask("r1", Samples.create("web", Samples.spec(replicas, "v1")));
    world.settle();
  }

  @Test
  void aPodsPlaceIsExplainedByItsVolumes() {
    ask("r1", ClaimSamples.createClaim("data"));
    ask("r2", Samples.createPod("a", ClaimSamples.using("data")));
    ask("r3", ClaimSamples.createClaim("more"));
    ask("r4", Samples.createPod("b", ClaimSamples.using("data", "more")));
    String node = world.pod("a").nodeName().orElseThrow();
    assertThat(inWords("Pod", "a"))
        .contains(
            "decision: placed on node %s, which claim data is bound to from now on"
                .formatted(node));
    assertThat(inWords("Pod", "b"))
        .contains(
            "decision: placed on node %s, where the volume of claim data is, which claim more is"
                    .formatted(node)
                + " bound to from now on");
  }

  @Test
  void aReplacementNamesTheLostNodeAndTheRequestsBefore() {
    web(2);
    ask("r2", Samples.scale("web", 3));
    world.settle();
    Pod lost = world.livePods("web").get(0);
    String node = lost.nodeName().orElseThrow();
    world.pass(Duration.ofSeconds(1));
    world.nodeGone(node);
    world.pass(Duration.ofSeconds(1));
    world.settle();
    Pod next =
        world.livePods("web").stream()
            .filter(p -> p.meta().createdAt().isAfter(lost.meta().createdAt().plusSeconds(5)))
            .reduce((a, b) -> b)
            .orElseThrow();
    List<String> words = inWords("Pod", next.name().name());
    assertThat(words)
        .containsSubsequence(
            "request: deployment web created with 2 replicas of v1",
            "request: deployment web scaled from 2 to 3",
            "fault: node " + node + " lost: unreachable");
    assertThat(words).anyMatch(w -> w.contains("in place of web-"));
    assertThat(words).contains("decision: placed on node " + next.nodeName().orElseThrow());
    assertThat(words.get(words.size() - 1)).isEqualTo("report: ready");
    assertThat(why("Pod", next.name().name(), 0))
        .anyMatch(l -> l.request().equals(Optional.of("r2")) && l.text().contains("scaled"));
  }

  @Test
  void aDeploymentNamesItsRequestsAndWhatItLost() {
    web(2);
    ask("r2", Samples.scale("web", 4));
    world.settle();
    ask("r3", Samples.update("web", Samples.spec(4, "v2")));
    world.settle();
    world.pass(Duration.ofSeconds(1));
    world.nodeGone("n1");
    world.settle();
    List<String> words = inWords("Deployment", "web");
    assertThat(words)
        .containsSubsequence(
            "request: deployment web created with 2 replicas of v1",
            "request: deployment web scaled from 2 to 4",
            "request: deployment web image from v1 to v2",
            "state: rolled out: 4 available, 4 of the current template");
    assertThat(words).anyMatch(w -> w.matches("fault: node n1 lost: unreachable: \\d of its .*"));
  }

  @Test
  void aRollbackNamesTheCanaryThatFailedAndWhereItGoes() {
    web(2);
    ask(
        "r2",
        new ClientRequest.UpdateDeployment(
            Samples.name("web"),
            Samples.LABELS,
            Map.of(RolloutHints.CANARY_STEPS, "1"),
            Samples.spec(2, "v2"),
            Optional.empty(),
            Optional.empty()));
    Pod canary =
        world.livePods("web").stream()
            .filter(p -> p.spec().containers().get(0).image().equals("v2"))
            .findFirst()
            .orElseThrow();
    WorkloadSamples.end(world, canary, 1);
    List<String> words = inWords("Deployment", "web");
    String fault = "fault: pod %s failed; container main ended".formatted(canary.name().name());
    assertThat(words)
        .containsSubsequence(
            "request: deployment web image from v1 to v2",
            words.stream().filter(w -> w.startsWith(fault)).findFirst().orElseThrow(),
            "decision: deployment web image from v2 to v1, back to revision 1");
  }

  @Test
  void aNodeNamesItsCordonAndItsLoss() {
    web(3);
    ask(
        "r2",
        new ClientRequest.UpdateNode("n1", Map.of(), Map.of(), true, List.of(), Optional.empty()));
    world.pass(Duration.ofSeconds(1));
    world.nodeGone("n1");
    world.pass(Duration.ofSeconds(1));
    world.register("n1");
    assertThat(inWords("Node", "n1"))
        .containsSubsequence(
            "report: node n1 is here",
            "request: node n1 cordoned",
            "fault: node n1 lost: unreachable",
            "report: node n1 is here");
  }

  @Test
  void anEvictedPodSaysWhoAskedAndWhatItWaitedFor() {
    web(1);
    Pod old = world.livePods("web").get(0);
    ask("r2", new ClientRequest.DeletePod(old.name(), Optional.empty(), Optional.empty(), true));
    world.settle();
    assertThat(inWords("Pod", old.name().name()))
        .contains("request: goes once another pod serves in its place: evicted")
        .anyMatch(w -> w.endsWith("told to stop: evicted"))
        .anyMatch(w -> w.contains(" is gone: "));
  }

  @Test
  void aContainerKilledForItsMemoryIsAFault() {
    web(1);
    Pod pod = world.livePods("web").get(0);
    world.pass(Duration.ofSeconds(1));
    ContainerState killed =
        ContainerState.terminated(Optional.empty(), world.now, 137, "OOMKilled");
    PodStatus status =
        new PodStatus(
            PodPhase.RUNNING,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(
                new ContainerStatus(
                    "main", "v1", "", "", killed, Optional.empty(), true, false, 1)),
            Optional.empty(),
            Optional.empty());
    world.report(pod.nodeName().orElseThrow(), new PodReport(pod.name(), pod.uid(), status, false));
    assertThat(inWords("Pod", pod.name().name()))
        .contains("fault: container main ended: OOMKilled, exit code 137");
  }

  @Test
  void whatIsOlderThanTheJournalIsLeftOut() {
    web(1);
    Pod pod = world.livePods("web").get(0);
    copy();
    int from = journal.size();
    ask("r2", Samples.scale("web", 2));
    world.nodeGone(pod.nodeName().orElseThrow());
    assertThat(why("Pod", pod.name().name(), from))
        .extracting(WhyLink::text)
        .anyMatch(t -> t.contains("lost"));
  }

  @Test
  void aLongHistoryIsBounded() {
    web(1);
    for (int i = 0; i < CausalHistory.MAX_LINKS; i++) {
      ask("s" + i, Samples.scale("web", 1 + i % 2));
    }
    List<WhyLink> links = why("Deployment", "web", 0);
    assertThat(links).hasSizeLessThanOrEqualTo(CausalHistory.MAX_LINKS);
    assertThat(links.get(0).text()).contains("created");
  }
}
