package io.hawser.node;

import io.hawser.model.PodReport;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * What the scheduler has not yet been told, or has not yet accepted. One numbered batch is under
 * way at a time, so that a late repetition can never undo newer news; what changes meanwhile waits
 * for the next. Holds at most one report for each pod and one for each volume.
 */
final class ReportOutbox {
  /** A batch, sent with the same number and content until it is accepted. */
  record Batch(long number, List<PodReport> pods, List<String> removedVolumes) {}

  private final Map<String, PodReport> waiting = new LinkedHashMap<>();
  private final Set<String> removedVolumes = new LinkedHashSet<>();
  private Optional<Batch> underWay = Optional.empty();
  private final LongSupplier numbers;

  /**
   * @param numbers growing, for as long as the node's program runs
   */
  ReportOutbox(LongSupplier numbers) {
    this.numbers = numbers;
  }

  /** For what is said beside the batches: greater than theirs so far. */
  long nextNumber() {
    return numbers.getAsLong();
  }

  void add(PodReport report) {
    // Removed first: the newest news goes to the end, so a batch keeps the order of events.
    waiting.remove(report.uid());
    waiting.put(report.uid(), report);
  }

  /** A volume is no longer here. */
  void addRemoved(String volume) {
    removedVolumes.add(volume);
  }

  /** The batch to send now; empty while one is under way or there is no news. */
  Optional<Batch> flush() {
    if (underWay.isPresent() || !hasNews()) {
      return Optional.empty();
    }
    underWay =
        Optional.of(
            new Batch(
                numbers.getAsLong(), List.copyOf(waiting.values()), List.copyOf(removedVolumes)));
    waiting.clear();
    removedVolumes.clear();
    return underWay;
  }

  /** What is to be sent again. */
  Optional<Batch> underWay() {
    return underWay;
  }

  /**
   * @return whether it was the batch under way
   */
  boolean accepted(long number) {
    if (underWay.isEmpty() || underWay.get().number() != number) {
      return false;
    }
    underWay = Optional.empty();
    return true;
  }

  boolean hasNews() {
    return !waiting.isEmpty() || !removedVolumes.isEmpty();
  }

  /** Whether this pod's end is still to be told. */
  boolean reportsGone(String uid) {
    PodReport next = waiting.get(uid);
    return (next != null && next.gone())
        || underWay.stream()
            .flatMap(b -> b.pods().stream())
            .anyMatch(p -> p.uid().equals(uid) && p.gone());
  }
}
