package io.hawser.scheduler.core;

import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.CronJob;
import io.hawser.model.CronJob.Concurrency;
import io.hawser.model.CronJob.Status;
import io.hawser.model.Job;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The next step of one cron job. The job of one time always has the same name, so a time is never
 * served twice, whichever scheduler serves it; of several missed times only the last is.
 */
final class CronRun {
  private static final String SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";

  private final Draft draft;
  private final CronJob cron;
  private final List<Job> jobs;
  private Optional<Instant> lastScheduledAt;

  private CronRun(Draft draft, CronJob cron) {
    this.draft = draft;
    this.cron = cron;
    this.jobs =
        draft.state().objects().in(cron.meta().namespace(), Job.class).stream()
            .filter(j -> j.owner().filter(o -> o.uid().equals(cron.meta().uid())).isPresent())
            .toList();
    this.lastScheduledAt = cron.status().lastScheduledAt();
  }

  /** Whether time alone makes something of it; what becomes of its jobs is told anyway. */
  static boolean isDue(CronJob cron, Instant now) {
    return isChanged(cron) || isTime(cron, now);
  }

  private static boolean isChanged(CronJob cron) {
    return cron.status().observedGeneration() != cron.meta().generation();
  }

  private static boolean isTime(CronJob cron, Instant now) {
    return cron.status().nextAt().filter(t -> !t.isAfter(now)).isPresent();
  }

  static void advance(Draft draft, CronJob cron) {
    CronRun run = new CronRun(draft, cron);
    boolean changed = isChanged(cron);
    boolean due = isTime(cron, draft.now());
    Optional<Instant> nextAt = cron.status().nextAt();
    if (changed || due) {
      nextAt = run.keepTime(due && !changed);
    }
    run.keepHistory();
    run.tell(nextAt);
  }

  /** Starts what is due; returns when to look again. */
  private Optional<Instant> keepTime(boolean due) {
    CronTimes times = new CronTimes(cron.spec().schedule(), cron.spec().timeZone());
    if (!due || cron.spec().suspend()) {
      return cron.spec().suspend() ? Optional.empty() : times.after(draft.now());
    }
    Instant time = times.atOrBefore(draft.now()).orElse(draft.now());
    boolean late =
        cron.spec()
            .startingDeadlineSeconds()
            .filter(s -> time.plusSeconds(s).isBefore(draft.now()))
            .isPresent();
    boolean busy = jobs.stream().anyMatch(j -> !j.isFinished());
    if (busy && cron.spec().concurrency() == Concurrency.FORBID && !late) {
      return cron.status().nextAt();
    }
    if (!late) {
      if (cron.spec().concurrency() == Concurrency.REPLACE) {
        jobs.stream()
            .filter(j -> !j.isFinished())
            .forEach(j -> ObjectRequests.delete(draft, j, false));
      }
      start(time);
    }
    return times.after(draft.now());
  }

  private void start(Instant time) {
    lastScheduledAt = Optional.of(time);
    String name = cron.meta().name() + "-" + time.getEpochSecond() / 60;
    Map<String, String> annotations = new HashMap<>(cron.spec().jobAnnotations());
    annotations.put(SCHEDULED, time.toString());
    ObjectMeta meta =
        new ObjectMeta(
            cron.meta().namespace(),
            name,
            draft.identities().uid(),
            1,
            0,
            draft.now(),
            cron.spec().jobLabels(),
            annotations);
    Pod.Owner owner = new Pod.Owner(cron.kind(), cron.meta().name(), cron.meta().uid(), "");
    Job job = new Job(meta, cron.spec().job(), Optional.of(owner), Job.Status.NONE);
    if (draft.state().objects().find(job.key()).isEmpty()) {
      draft.emit(new SchedulerEvent.ObjectCreated(job, draft.now()));
    }
  }

  private void keepHistory() {
    trim(Job.COMPLETE, cron.spec().successfulHistory());
    trim(Job.FAILED, cron.spec().failedHistory());
  }

  private void trim(String condition, int keep) {
    List<Job> ended =
        jobs.stream()
            .filter(j -> j.hasCondition(condition))
            .sorted(Comparator.comparing((Job j) -> j.meta().createdAt()))
            .toList();
    ended.stream()
        .limit(Math.max(0, ended.size() - keep))
        .forEach(j -> ObjectRequests.delete(draft, j, false));
  }

  private void tell(Optional<Instant> nextAt) {
    Optional<Instant> success =
        jobs.stream()
            .flatMap(j -> j.status().completedAt().stream())
            .max(Comparator.naturalOrder())
            .filter(t -> cron.status().lastSuccessAt().map(t::isAfter).orElse(true))
            .or(() -> cron.status().lastSuccessAt());
    int active =
        (int)
            draft.state().objects().in(cron.meta().namespace(), Job.class).stream()
                .filter(j -> j.owner().filter(o -> o.uid().equals(cron.meta().uid())).isPresent())
                .filter(j -> !j.isFinished())
                .count();
    OwnedBy.tell(
        draft,
        cron,
        new Status(lastScheduledAt, success, nextAt, cron.meta().generation(), active));
  }
}
