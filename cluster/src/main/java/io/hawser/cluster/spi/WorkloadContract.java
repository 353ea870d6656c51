package io.hawser.cluster.spi;

import io.hawser.cluster.spi.WorkloadKind.Names;
import io.hawser.cluster.spi.WorkloadKind.Step;
import io.hawser.cluster.spi.WorkloadKind.WantedPod;
import io.hawser.model.CustomObject;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodPhase;
import io.hawser.model.PodStatus;
import io.hawser.model.PodTemplate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What every workload kind must keep to, as a test that anybody can run on theirs: {@code
 * WorkloadContract.check(new MyKind(), fields, template)} in a unit test. Plays some days of an
 * object whose pods start, fail and vanish. Needs no test framework.
 */
public final class WorkloadContract {
  private static final Instant NEW_YEAR = Instant.parse("2026-01-01T00:00:00Z");
  private static final int STEPS = 500;
  private static final int MAX_ROUNDS = 10;
  private static final int MAX_PAUSE_SECONDS = 3_600;

  private final WorkloadKind kind;
  private final CustomObject object;
  private final SplittableRandom random = new SplittableRandom(1);
  private final Map<String, Pod> pods = new TreeMap<>();
  private Instant now = NEW_YEAR;
  private int made;

  private WorkloadContract(WorkloadKind kind, CustomObject object) {
    this.kind = kind;
    this.object = object;
  }

  /**
   * @param fields of a spec that the kind takes
   * @param template null when its specs have none
   * @throws AssertionError with a sentence that tells what is broken
   */
  public static void check(WorkloadKind kind, Map<String, Object> fields, PodTemplate template) {
    checkNames(kind.names());
    ObjectMeta meta =
        new ObjectMeta("default", "sample", "uid-0", 1, 1, NEW_YEAR, Map.of(), Map.of());
    CustomObject object =
        new CustomObject(
            meta,
            kind.names().type(),
            fields,
            Optional.ofNullable(template),
            CustomObject.Status.NONE);
    Optional<String> refusal = kind.refusal(object);
    require(refusal.isEmpty(), "the sample is refused: " + refusal.orElse(""));
    WorkloadContract contract = new WorkloadContract(kind, object);
    for (int i = 0; i < STEPS; i++) {
      contract.comesToRest();
      contract.somethingHappens();
    }
  }

  private static void checkNames(Names names) {
    require(
        names.group().matches("[a-z0-9-]+(\\.[a-z0-9-]+)+"),
        "a group is a domain: " + names.group());
    require(names.version().matches("v[0-9]+[a-z0-9]*"), "a version is as v1: " + names.version());
    require(names.kind().matches("[A-Z][A-Za-z0-9]*"), "a kind is in camel case: " + names.kind());
    require(names.plural().matches("[a-z][a-z0-9]*"), "a plural is lower case: " + names.plural());
  }

  /** Once its pods are as it wants them, it wants no others. */
  private void comesToRest() {
    for (int round = 0; round < MAX_ROUNDS; round++) {
      Step step = step();
      Map<String, WantedPod> wanted = new TreeMap<>();
      step.pods().forEach(pod -> wanted.put(pod.name(), pod));
      if (isAsWanted(wanted)) {
        return;
      }
      pods.keySet().retainAll(wanted.keySet());
      wanted.forEach(
          (name, pod) -> {
            Pod old = pods.get(name);
            if (old == null || !old.spec().equals(pod.template().spec())) {
              pods.put(name, pod(pod));
            }
          });
    }
    throw new AssertionError("it wants other pods each time it is asked: " + pods.keySet());
  }

  private boolean isAsWanted(Map<String, WantedPod> wanted) {
    return pods.keySet().equals(wanted.keySet())
        && wanted.values().stream()
            .allMatch(w -> pods.get(w.name()).spec().equals(w.template().spec()));
  }

  private Step step() {
    List<Pod> there = List.copyOf(pods.values());
    Step step = kind.next(object, there, now);
    require(step != null && step.status() != null, "a step and its status are not null");
    require(
        List.copyOf(step.pods()).equals(List.copyOf(kind.next(object, there, now).pods())),
        "the same object, pods and time lead to two different steps");
    require(step.pods().size() <= WorkloadKind.MAX_PODS, "at most " + WorkloadKind.MAX_PODS);
    List<String> names = new ArrayList<>();
    for (WantedPod pod : step.pods()) {
      require(
          pod.name().startsWith("sample-") && pod.name().matches("[a-z0-9-]{1,62}[a-z0-9]"),
          "a pod's name is its object's, a dash and more of a-z, 0-9 and '-': " + pod.name());
      require(!names.contains(pod.name()), "two wanted pods are called " + pod.name());
      require(pod.template() != null && pod.template().spec() != null, "a pod has a template");
      names.add(pod.name());
    }
    return step;
  }

  private void somethingHappens() {
    now = now.plusSeconds(1 + random.nextInt(MAX_PAUSE_SECONDS));
    List<String> names = List.copyOf(pods.keySet());
    if (names.isEmpty()) {
      return;
    }
    String name = names.get(random.nextInt(names.size()));
    switch (random.nextInt(4)) {
      case 0 -> pods.remove(name);
      case 1 -> pods.computeIfPresent(name, (n, p) -> p.withStatus(status(PodPhase.FAILED)));
      case 2 -> pods.computeIfPresent(name, (n, p) -> p.withStatus(status(PodPhase.SUCCEEDED)));
      default -> pods.computeIfPresent(name, (n, p) -> p.withStatus(status(PodPhase.RUNNING)));
    }
  }

  private PodStatus status(PodPhase phase) {
    return new PodStatus(
        phase,
        phase == PodPhase.RUNNING ? Optional.of(now) : Optional.empty(),
        Optional.empty(),
        Optional.of(now),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  private Pod pod(WantedPod wanted) {
    PodTemplate template = wanted.template();
    made++;
    return Pod.created(
        new ObjectMeta(
            "default",
            wanted.name(),
            "uid-" + made,
            1,
            made,
            now,
            template.labels(),
            template.annotations()),
        template.spec(),
        Optional.of(new Pod.Owner(object.type(), "sample", "uid-0", "")));
  }

  private static void require(boolean holds, String sentence) {
    if (!holds) {
      throw new AssertionError(sentence);
    }
  }
}
