package io.hawser.scheduler.core;

import io.hawser.model.Condition;
import io.hawser.model.Job;
import io.hawser.model.Job.Action;
import io.hawser.model.Job.FailureRule;
import io.hawser.model.Job.Status;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import io.hawser.model.PodPhase;
import io.hawser.model.PodSpec;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.PodStatus.ContainerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The next step of one job. Each end of a pod is counted in the same decision that hears of it, so
 * exactly once; pods that are lost or evicted are replaced and counted as nothing.
 */
final class JobRun {
  static final String INDEX = "batch.kubernetes.io/job-completion-index";
  private static final String INDEX_VARIABLE = "JOB_COMPLETION_INDEX";

  private final Draft draft;
  private final Job job;
  private final List<Pod> active;
  private final List<Pod> stopping;
  private final Set<Integer> done;
  private int succeeded;
  private int failed;
  private Optional<Instant> lastFailureAt;
  private Optional<Instant> startedAt;
  private List<Condition> conditions;

  private JobRun(Draft draft, Job job) {
    this.draft = draft;
    this.job = job;
    List<Pod> pods = OwnedBy.pods(draft, job);
    this.active = pods.stream().filter(p -> p.isActive() && !p.isDeleting()).toList();
    this.stopping = pods.stream().filter(p -> p.isActive() && p.isDeleting()).toList();
    this.done = IndexRanges.parse(job.status().completedIndexes());
    this.succeeded = job.status().succeeded();
    this.failed = job.status().failed();
    this.lastFailureAt = job.status().lastFailureAt();
    this.startedAt = job.status().startedAt();
    this.conditions = job.status().conditions();
  }

  static void advance(Draft draft, Job job) {
    if (!job.isFinished()) {
      new JobRun(draft, job).step();
    } else if (isExpired(job, draft.now())) {
      ObjectRequests.delete(draft, job, false);
    }
  }

  private static boolean isExpired(Job job, Instant now) {
    Optional<Instant> finishedAt =
        job.status().conditions().stream()
            .filter(c -> c.type().equals(Job.COMPLETE) || c.type().equals(Job.FAILED))
            .map(Condition::lastTransitionAt)
            .findFirst();
    return job.spec()
        .ttlSecondsAfterFinished()
        .filter(ttl -> !finishedAt.orElse(now).plusSeconds(ttl).isAfter(now))
        .isPresent();
  }

  private void step() {
    Optional<String> ruledOut = countEnded();
    Optional<String> end = ruledOut.or(this::whyFailed);
    if (end.isPresent()) {
      finish(Job.FAILED, end.get());
    } else if (isComplete()) {
      finish(Job.COMPLETE, "CompletionsReached");
    } else if (job.spec().suspend()) {
      active.forEach(p -> OwnedBy.delete(draft, p, "job suspended"));
      startedAt = Optional.empty();
      condition(Job.SUSPENDED, true, "JobSuspended", "Job suspended");
      tell(Optional.empty());
    } else {
      condition(Job.SUSPENDED, false, "JobResumed", "Job resumed");
      startedAt = startedAt.or(() -> Optional.of(draft.now()));
      bringTo(wanted());
      tell(Optional.empty());
    }
  }

  /** Why the job fails at once because of one of its pods. */
  private Optional<String> countEnded() {
    Optional<String> ruledOut = Optional.empty();
    for (Pod pod : draft.takeEnded(job.key())) {
      if (pod.status().phase() == PodPhase.SUCCEEDED) {
        indexOf(pod).ifPresent(done::add);
        succeeded++;
      } else {
        Action action = action(pod);
        if (action == Action.FAIL_JOB) {
          ruledOut = Optional.of("PodFailurePolicy");
        }
        if (action != Action.IGNORE) {
          failed++;
          lastFailureAt = Optional.of(draft.now());
        }
      }
    }
    if (job.spec().indexed()) {
      succeeded = done.size();
    }
    return ruledOut;
  }

  private Action action(Pod pod) {
    for (FailureRule rule : job.spec().failurePolicy()) {
      for (ContainerStatus container : pod.status().containers()) {
        Optional<Integer> code = container.state().exitCode().filter(c -> c != 0);
        boolean meant = rule.container().map(container.name()::equals).orElse(true);
        if (meant && code.isPresent() && rule.exitCodes().contains(code.get()) == rule.in()) {
          return rule.action();
        }
      }
    }
    return Action.COUNT;
  }

  private Optional<String> whyFailed() {
    boolean late =
        job.spec()
            .activeDeadlineSeconds()
            .filter(s -> startedAt.filter(t -> !t.plusSeconds(s).isAfter(draft.now())).isPresent())
            .isPresent();
    if (late) {
      return Optional.of("DeadlineExceeded");
    }
    return failures() > job.spec().backoffLimit()
        ? Optional.of("BackoffLimitExceeded")
        : Optional.empty();
  }

  /** With restarts in place, where the pod's policy makes those instead of new pods. */
  private int failures() {
    int restarts = 0;
    for (Pod pod : active) {
      if (pod.spec().restartPolicy() == RestartPolicy.ON_FAILURE) {
        restarts +=
            pod.status().containers().stream().mapToInt(ContainerStatus::restartCount).sum();
      }
    }
    return failed + restarts;
  }

  private boolean isComplete() {
    Optional<Integer> completions = job.spec().completions();
    return completions.isPresent()
        ? succeeded >= completions.get()
        : succeeded > 0 && active.isEmpty() && stopping.isEmpty();
  }

  private void finish(String type, String reason) {
    active.forEach(p -> OwnedBy.delete(draft, p, "job " + reason));
    condition(type, true, reason, message(reason));
    tell(type.equals(Job.COMPLETE) ? Optional.of(draft.now()) : Optional.empty());
  }

  private static String message(String reason) {
    return switch (reason) {
      case "BackoffLimitExceeded" -> "Job has reached the specified backoff limit";
      case "DeadlineExceeded" -> "Job was active longer than specified deadline";
      case "PodFailurePolicy" -> "A pod failed in a way that the job's policy does not forgive";
      default -> "Reached expected number of succeeded pods";
    };
  }

  private int wanted() {
    int parallelism = job.spec().parallelism();
    return job.spec()
        .completions()
        .map(c -> Math.min(parallelism, c - succeeded))
        .orElse(succeeded > 0 ? Math.min(active.size(), parallelism) : parallelism);
  }

  private void bringTo(int wanted) {
    int surplus = active.size() - wanted;
    if (surplus > 0) {
      DropOrder.sorted(active).stream()
          .limit(draft.grantDeletions(surplus, job.key()))
          .forEach(p -> OwnedBy.delete(draft, p, "more than the job's parallelism"));
    } else if (surplus < 0 && mayRetry()) {
      // The place of one that is still stopping stays its own: an index never runs twice.
      int missing = Math.max(0, -surplus - stopping.size());
      int granted = draft.grantCreations(missing, job.key(), job.spec().template());
      Set<Integer> taken = new TreeSet<>(done);
      active.forEach(p -> indexOf(p).ifPresent(taken::add));
      stopping.forEach(p -> indexOf(p).ifPresent(taken::add));
      for (int i = 0; i < granted; i++) {
        create(taken);
      }
    }
  }

  /** After the n-th failure replacements wait 10 s, 20 s, … up to 6 minutes, as in Kubernetes. */
  private boolean mayRetry() {
    if (failed == 0 || lastFailureAt.isEmpty()) {
      return true;
    }
    Duration wait = Limits.JOB_RETRY_FIRST;
    for (int i = 1; i < failed && wait.compareTo(Limits.JOB_RETRY_MAX) < 0; i++) {
      wait = wait.multipliedBy(2);
    }
    Duration bounded = wait.compareTo(Limits.JOB_RETRY_MAX) > 0 ? Limits.JOB_RETRY_MAX : wait;
    return !lastFailureAt.get().plus(bounded).isAfter(draft.now());
  }

  private void create(Set<Integer> taken) {
    Map<String, String> labels = new HashMap<>(job.spec().template().labels());
    for (String prefix : List.of("", "batch.kubernetes.io/")) {
      labels.put(prefix + "job-name", job.meta().name());
      labels.put(prefix + "controller-uid", job.meta().uid());
    }
    Map<String, String> annotations = new HashMap<>(job.spec().template().annotations());
    PodSpec spec = job.spec().template().spec();
    String base = job.meta().name();
    if (job.spec().indexed()) {
      int index = 0;
      while (taken.contains(index)) {
        index++;
      }
      taken.add(index);
      labels.put(INDEX, Integer.toString(index));
      annotations.put(INDEX, Integer.toString(index));
      spec = indexed(spec, index);
      base = base + "-" + index;
    }
    ObjectName name = draft.identities().podName(draft.state(), job.meta().namespace(), base);
    OwnedBy.create(draft, job, "", name, labels, annotations, spec);
  }

  private static PodSpec indexed(PodSpec spec, int index) {
    PodContainer.EnvVar variable =
        new PodContainer.EnvVar(
            INDEX_VARIABLE, Optional.of(Integer.toString(index)), Optional.empty());
    return spec.withContainers(spec.containers().stream().map(c -> c.with(variable)).toList());
  }

  private static Optional<Integer> indexOf(Pod pod) {
    return Optional.ofNullable(pod.meta().annotations().get(INDEX)).map(Integer::parseInt);
  }

  private void condition(String type, boolean holds, String reason, String message) {
    conditions = OwnedBy.with(conditions, type, holds, reason, message, draft.now());
  }

  private void tell(Optional<Instant> completedAt) {
    List<Pod> now =
        OwnedBy.pods(draft, job).stream().filter(p -> p.isActive() && !p.isDeleting()).toList();
    int ready = (int) now.stream().filter(p -> p.status().isReady()).count();
    Status status =
        new Status(
            now.size(),
            ready,
            succeeded,
            failed,
            job.spec().indexed() ? IndexRanges.text(done) : "",
            startedAt,
            completedAt,
            lastFailureAt,
            conditions);
    OwnedBy.tell(draft, job, status);
  }
}
