package io.hawser.gateway.kind;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.decode.WorkloadFields;
import io.hawser.gateway.encode.WorkloadEncoder;
import io.hawser.gateway.wire.Fields;
import io.hawser.model.CronJob;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PodContainer;
import java.util.List;

/** Cron jobs, {@code batch/v1}. */
final class CronJobResource extends ObjectResource<CronJob> {
  CronJobResource() {
    super(
        new ResourceType(
            "batch",
            "v1",
            "CronJob",
            "cronjobs",
            "cronjob",
            List.of("cj"),
            true,
            ResourceType.ALL,
            List.of("all")),
        CronJob.class);
  }

  @Override
  CronJob read(ObjectMeta meta, Fields root) {
    return WorkloadFields.cronJob(meta, root);
  }

  @Override
  void write(CronJob cron, ObjectNode node) {
    WorkloadEncoder.cronJob(cron, node);
  }

  @Override
  public List<Column<CronJob>> columns() {
    return List.of(
        name(),
        Column.text("Schedule", (j, c) -> j.spec().schedule()),
        Column.text("Timezone", (j, c) -> j.spec().timeZone().orElse("<none>")),
        Column.text("Suspend", (j, c) -> j.spec().suspend() ? "True" : "False"),
        Column.number("Active", (j, c) -> j.status().active()),
        Column.text(
            "Last Schedule", (j, c) -> j.status().lastScheduledAt().map(c::age).orElse("<none>")),
        age(),
        Column.wide(
            "Containers",
            (j, c) -> DeploymentResource.of(j.spec().job().template(), PodContainer::name)),
        Column.wide(
            "Images",
            (j, c) -> DeploymentResource.of(j.spec().job().template(), PodContainer::image)));
  }
}
