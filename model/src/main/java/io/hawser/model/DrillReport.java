package io.hawser.model;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a failover drill did and what it cost. Written as it goes; final once {@code finishedAt} is
 * present. Times are milliseconds after the fault.
 *
 * @param kind {@code node-kill}
 * @param outcome {@code running}, {@code passed} or {@code failed}
 * @param schedulerWasHere the faulted node hosted the scheduler
 * @param podsLost the pods that ran on the node
 * @param requests the probe's page fetches during the drill, and how many of them failed
 */
public record DrillReport(
    String id,
    String kind,
    String node,
    String outcome,
    Optional<String> failure,
    boolean schedulerWasHere,
    Instant startedAt,
    Optional<Instant> faultAt,
    Optional<Instant> finishedAt,
    Optional<Long> detectedMillis,
    Optional<Long> replacedMillis,
    Optional<Long> readyMillis,
    List<String> podsLost,
    Requests requests,
    List<Step> steps) {
  public DrillReport {
    podsLost = List.copyOf(podsLost);
    steps = List.copyOf(steps);
  }

  /** The probe's count. */
  public record Requests(long sent, long failed, long longestGapMillis) {}

  /** One line of the drill's story. */
  public record Step(long atMillis, String what) {}
}
