package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.WorkloadFields;
import io.hawser.gateway.encode.WorkloadEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.Job;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodContainer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Jobs, {@code batch/v1}. */
final class JobResource extends ObjectResource<Job> {
  JobResource() {
    super(
        new ResourceType(
            "batch", "v1", "Job", "jobs", "job", List.of(), true, ResourceType.ALL, List.of("all")),
        Job.class);
  }

  @Override
  Job read(ObjectMeta meta, Fields root) {
    return WorkloadFields.job(meta, root);
  }

  @Override
  Job ownedBy(Job job, Pod.Owner owner) {
    return new Job(job.meta(), job.spec(), Optional.of(owner), job.status());
  }

  @Override
  void write(Job job, ObjectNode node) {
    WorkloadEncoder.job(job, node);
  }

  @Override
  public List<Column<Job>> columns() {
    return List.of(
        name(),
        Column.text("Status", (j, c) -> status(j)),
        Column.text("Completions", (j, c) -> completions(j)),
        Column.text("Duration", (j, c) -> duration(j, c.now())),
        age(),
        Column.wide(
            "Containers", (j, c) -> DeploymentResource.of(j.spec().template(), PodContainer::name)),
        Column.wide(
            "Images", (j, c) -> DeploymentResource.of(j.spec().template(), PodContainer::image)));
  }

  private static String status(Job job) {
    return List.of(Job.COMPLETE, Job.FAILED, Job.SUSPENDED).stream()
        .filter(job::hasCondition)
        .findFirst()
        .orElse("Running");
  }

  private static String completions(Job job) {
    String wanted =
        job.spec()
            .completions()
            .map(Object::toString)
            .orElse(job.spec().parallelism() > 1 ? "1 of " + job.spec().parallelism() : "1");
    return job.status().succeeded() + "/" + wanted;
  }

  private static String duration(Job job, Instant now) {
    return job.status()
        .startedAt()
        .map(s -> HumanDuration.of(Duration.between(s, job.status().completedAt().orElse(now))))
        .orElse("");
  }
}
