package io.hawser.scheduler.core;

import static io.hawser.scheduler.core.WorkloadSamples.create;
import static io.hawser.scheduler.core.WorkloadSamples.cron;
import static io.hawser.scheduler.core.WorkloadSamples.end;
import static io.hawser.scheduler.core.WorkloadSamples.jobSpec;
import static io.hawser.scheduler.core.WorkloadSamples.live;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.model.CronJob;
import io.hawser.model.CronJob.Concurrency;
import io.hawser.model.Job;
import io.hawser.model.Job.Action;
import io.hawser.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JobTest {
  private final World world = World.withNodes(2);

  private Job job() {
    return world.state.objects().find(Job.class, Samples.name("j")).orElseThrow();
  }

  private List<Pod> active() {
    return live(world, "Job", "j");
  }

  private void start(Job.Spec spec) {
    world.ask(create(WorkloadSamples.job("j", spec)));
    world.nodesObey();
  }

  private static Job.Spec with(
      Job.Spec s, Long deadline, Long ttl, boolean suspend, List<Job.FailureRule> rules) {
    return new Job.Spec(
        s.parallelism(),
        s.completions(),
        s.indexed(),
        s.backoffLimit(),
        Optional.ofNullable(deadline),
        Optional.ofNullable(ttl),
        suspend,
        rules,
        s.template());
  }

  @Test
  void aJobRunsItsCompletionsWithItsParallelismAndThenIsComplete() {
    start(jobSpec(2, 5, false));
    for (int done = 0; done < 5; done++) {
      assertThat(active()).hasSize(Math.min(2, 5 - done));
      end(world, active().get(0), 0);
      world.nodesObey();
    }
    assertThat(job().hasCondition(Job.COMPLETE)).isTrue();
    assertThat(job().status().succeeded()).isEqualTo(5);
    assertThat(job().status().completedAt()).isPresent();
    assertThat(active()).isEmpty();
  }

  @Test
  void eachIndexSucceedsOnceAndAFailedOneIsTriedAgain() {
    start(jobSpec(3, 3, true));
    assertThat(active())
        .extracting(p -> p.meta().annotations().get(JobRun.INDEX))
        .containsExactlyInAnyOrder("0", "1", "2");
    Pod second = active().stream().filter(p -> index(p).equals("1")).findFirst().orElseThrow();
    assertThat(second.spec().containers().get(0).env())
        .anyMatch(e -> e.name().equals("JOB_COMPLETION_INDEX") && e.value().get().equals("1"));
    end(world, second, 1);
    world.pass(Duration.ofSeconds(11));
    world.nodesObey();
    assertThat(active()).extracting(JobTest::index).containsExactlyInAnyOrder("0", "1", "2");
    List.copyOf(active()).forEach(p -> end(world, p, 0));
    assertThat(job().status().completedIndexes()).isEqualTo("0-2");
    assertThat(job().status().failed()).isEqualTo(1);
    assertThat(job().hasCondition(Job.COMPLETE)).isTrue();
  }

  private static String index(Pod pod) {
    return pod.meta().annotations().get(JobRun.INDEX);
  }

  @Test
  void failuresWaitLongerEachTimeAndEndTheJobBeyondItsLimit() {
    start(jobSpec(1, 1, false));
    end(world, active().get(0), 1);
    assertThat(active()).isEmpty();
    world.pass(Duration.ofSeconds(9));
    assertThat(active()).isEmpty();
    world.pass(Duration.ofSeconds(1));
    world.nodesObey();
    end(world, active().get(0), 1);
    world.pass(Duration.ofSeconds(19));
    assertThat(active()).isEmpty();
    world.pass(Duration.ofSeconds(1));
    world.nodesObey();
    end(world, active().get(0), 1);
    assertThat(job().hasCondition(Job.FAILED)).isTrue();
    assertThat(job().status().conditions().get(0).reason()).isEqualTo("BackoffLimitExceeded");
    world.pass(Duration.ofMinutes(10));
    assertThat(active()).isEmpty();
  }

  @Test
  void aPodThatIsLostOrEvictedCountsAsNothingAndIsReplaced() {
    start(jobSpec(1, 1, false));
    String node = active().get(0).nodeName().orElseThrow();
    world.nodeGone(node);
    world.nodesObey();
    assertThat(active()).hasSize(1);
    assertThat(job().status().failed()).isZero();
    Pod evicted = active().get(0);
    world.ask(Samples.deletePod(evicted.name()));
    end(world, evicted, 143);
    world.gone(world.state.pods().get(evicted.name()));
    world.nodesObey();
    assertThat(active()).hasSize(1);
    assertThat(job().status().failed()).isZero();
  }

  @Test
  void aJobWithoutCompletionsIsDoneWithItsFirstSuccessOnceAllHaveEnded() {
    start(jobSpec(2, null, false));
    end(world, active().get(0), 0);
    assertThat(job().isFinished()).isFalse();
    assertThat(active()).hasSize(1);
    end(world, active().get(0), 0);
    assertThat(job().hasCondition(Job.COMPLETE)).isTrue();
  }

  @Test
  void aDeadlineEndsItAndATimeToLiveRemovesIt() {
    start(with(jobSpec(1, 1, false), 60L, 30L, false, List.of()));
    world.pass(Duration.ofSeconds(60));
    assertThat(job().status().conditions().get(0).reason()).isEqualTo("DeadlineExceeded");
    assertThat(active()).isEmpty();
    world.pass(Duration.ofSeconds(30));
    assertThat(world.state.objects().all(Job.class)).isEmpty();
    world.nodesObey();
    assertThat(world.state.pods()).isEmpty();
  }

  @Test
  void aSuspendedJobRunsNothingUntilItIsResumed() {
    start(with(jobSpec(1, 1, false), null, null, true, List.of()));
    assertThat(active()).isEmpty();
    assertThat(job().hasCondition(Job.SUSPENDED)).isTrue();
    world.ask(WorkloadSamples.update(WorkloadSamples.job("j", jobSpec(1, 1, false))));
    world.nodesObey();
    assertThat(active()).hasSize(1);
    assertThat(job().hasCondition(Job.SUSPENDED)).isFalse();
  }

  @Test
  void aFailurePolicyForgivesOrEndsTheJobByExitCode() {
    List<Job.FailureRule> rules =
        List.of(
            new Job.FailureRule(Action.IGNORE, Optional.empty(), true, List.of(3)),
            new Job.FailureRule(Action.FAIL_JOB, Optional.of("main"), true, List.of(42)));
    start(with(jobSpec(1, 1, false), null, null, false, rules));
    end(world, active().get(0), 3);
    world.nodesObey();
    assertThat(job().status().failed()).isZero();
    end(world, active().get(0), 42);
    assertThat(job().status().conditions().get(0).reason()).isEqualTo("PodFailurePolicy");
  }

  @Test
  void indexesAreWrittenAsRanges() {
    for (String text : List.of("", "0", "0,1", "0-2", "0-3,7,9-11")) {
      assertThat(IndexRanges.text(IndexRanges.parse(text))).isEqualTo(text);
    }
    assertThat(IndexRanges.parse("0-2,5")).isEqualTo(Set.of(0, 1, 2, 5));
  }

  @Test
  void aCronJobStartsOneJobAtEachOfItsTimesAndOnlyTheLastOfThoseItMissed() {
    world.ask(create(cron("c", "*/5 * * * *", Concurrency.ALLOW)));
    world.pass(Duration.ofMinutes(5));
    assertThat(world.state.objects().all(Job.class)).hasSize(1);
    world.pass(Duration.ofSeconds(30));
    assertThat(world.state.objects().all(Job.class)).hasSize(1);
    world.pass(Duration.ofMinutes(60));
    assertThat(world.state.objects().all(Job.class)).hasSize(2);
    // A scheduler that takes over finds the time served.
    world.decide(new SchedulerInput.SchedulerStarts(world.now, 77, "n2"));
    world.pass(Duration.ofSeconds(1));
    assertThat(world.state.objects().all(Job.class)).hasSize(2);
  }

  @Test
  void concurrencyDecidesWhatHappensWhileTheJobBeforeRuns() {
    for (Concurrency policy : Concurrency.values()) {
      World own = World.withNodes(1);
      own.ask(create(cron("c", "* * * * *", policy)));
      own.pass(Duration.ofMinutes(1));
      Job first = own.state.objects().all(Job.class).iterator().next();
      own.pass(Duration.ofMinutes(1));
      List<Job> jobs = List.copyOf(own.state.objects().all(Job.class));
      switch (policy) {
        case ALLOW -> assertThat(jobs).hasSize(2);
        case FORBID -> assertThat(jobs).extracting(Job::key).containsExactly(first.key());
        case REPLACE -> assertThat(jobs).singleElement().matches(j -> !j.key().equals(first.key()));
      }
    }
  }

  @Test
  void aCronJobKeepsOnlySoManyOfItsJobsAndTakesAllAlong() {
    world.ask(create(cron("c", "* * * * *", Concurrency.ALLOW)));
    for (int i = 0; i < 6; i++) {
      world.pass(Duration.ofMinutes(1));
      world.nodesObey();
      for (Pod pod : List.copyOf(world.state.pods().values())) {
        if (pod.isActive() && !pod.isDeleting()) {
          end(world, pod, 0);
        }
      }
    }
    assertThat(world.state.objects().all(Job.class)).hasSize(3);
    CronJob cron = world.state.objects().all(CronJob.class).iterator().next();
    assertThat(cron.status().lastSuccessAt()).isPresent();
    world.ask(
        new io.hawser.cluster.protocol.ClientRequest.DeleteObject(
            cron.key(), Optional.empty(), false));
    world.nodesObey();
    assertThat(world.state.objects().all()).isEmpty();
    assertThat(world.state.pods()).isEmpty();
  }

  @Test
  void timesFollowTheZoneOverTheChangeOfItsClocks() {
    CronTimes berlin = new CronTimes("30 2 * * *", Optional.of("Europe/Berlin"));
    assertThat(berlin.after(Instant.parse("2026-01-01T00:00:00Z")))
        .contains(Instant.parse("2026-01-01T01:30:00Z"));
    assertThat(berlin.after(Instant.parse("2026-07-01T00:00:00Z")))
        .contains(Instant.parse("2026-07-01T00:30:00Z"));
    assertThat(
            new CronTimes("@daily", Optional.empty())
                .atOrBefore(Instant.parse("2026-01-02T00:00:00Z")))
        .contains(Instant.parse("2026-01-02T00:00:00Z"));
    assertThat(
            new CronTimes("0 0 13 * 5", Optional.empty())
                .after(Instant.parse("2026-11-26T12:00:00Z")))
        .as("a day of the month or of the week, as cron and Kubernetes read it")
        .contains(Instant.parse("2026-11-27T00:00:00Z"));
    assertThatThrownBy(() -> new CronTimes("* * * *", Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new CronTimes("* * * * *", Optional.of("Mars/Base")))
        .hasMessageContaining("Mars/Base");
  }
}
