package io.hawser.scheduler.core;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.Optional;

/** When a cron job's time comes: five fields in a time zone. */
final class CronTimes {
  private static final Map<String, String> NICKNAMES =
      Map.of(
          "@yearly", "0 0 1 1 *",
          "@annually", "0 0 1 1 *",
          "@monthly", "0 0 1 * *",
          "@weekly", "0 0 * * 0",
          "@daily", "0 0 * * *",
          "@midnight", "0 0 * * *",
          "@hourly", "0 * * * *");

  private final ExecutionTime times;
  private final ZoneId zone;

  /**
   * @param zone empty: UTC
   * @throws IllegalArgumentException naming what is wrong with the schedule or the zone
   */
  CronTimes(String schedule, Optional<String> zone) {
    String fields = NICKNAMES.getOrDefault(schedule.strip(), schedule.strip());
    Cron cron =
        new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX)).parse(fields);
    this.times = ExecutionTime.forCron(cron);
    try {
      this.zone = ZoneId.of(zone.orElse("UTC"));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("unknown time zone " + zone.orElse(""), e);
    }
  }

  /** The first time after this one; empty: never. */
  Optional<Instant> after(Instant at) {
    return times.nextExecution(at.atZone(zone)).map(ZonedDateTime::toInstant);
  }

  /** The last time that is not after this one. */
  Optional<Instant> atOrBefore(Instant at) {
    return times.lastExecution(at.plusNanos(1).atZone(zone)).map(ZonedDateTime::toInstant);
  }
}
