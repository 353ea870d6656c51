package io.hawser.system;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Judges what is seen of a cluster in which nothing is wrong: whatever it does about a loss is a
 * false alarm. Told what the API shows now and then, what the scheduler's journal has, and what the
 * nodes log; the journal and the logs also have what passes between two looks.
 */
final class FalseAlarms {
  /** Pekko's warning of a heartbeat sent late; its reasons follow. */
  private static final Pattern LATE_HEARTBEAT =
      Pattern.compile("Previous heartbeat was sent \\[(\\d+)] ms ago");

  private static final Pattern MEMBER_LOST =
      Pattern.compile("Marking node as UNREACHABLE|SBR is downing");

  /** What only happens when something was lost, or thought to be. */
  private static final Set<String> FAULT_EVENTS =
      Set.of(
          "SchedulerStarted",
          "NodeLost",
          "NodeRemoved",
          "NodeRegistered",
          "PodCreated",
          "PodDeletionRequested",
          "PodMoveRequested",
          "PodRemoved");

  /** A pod as the API shows it. */
  record SeenPod(String name, long restarts, boolean ready) {}

  /**
   * The API's answers at one moment.
   *
   * @param nodesReady by name
   * @param pods by uid
   */
  record Look(
      Map<String, Boolean> nodesReady,
      Map<String, SeenPod> pods,
      String scheduler,
      long epoch,
      String journalLeader) {}

  private final Set<String> alarms = new LinkedHashSet<>();
  private Look last;
  private long looks;
  private long readyChanges;
  private long lateHeartbeats;
  private long latestHeartbeatMillis;

  FalseAlarms(Look first) {
    last = first;
  }

  /** Compares with the look before. */
  void look(Look now) {
    looks++;
    now.nodesReady()
        .forEach(
            (node, ready) -> {
              if (!ready && last.nodesReady().getOrDefault(node, true)) {
                alarms.add("node %s became NotReady".formatted(node));
              }
            });
    missing("node", last.nodesReady().keySet(), now.nodesReady().keySet(), name -> name);
    missing("pod", last.pods().keySet(), now.pods().keySet(), uid -> last.pods().get(uid).name());
    last.pods().forEach((uid, before) -> comparePods(before, now.pods().get(uid)));
    moved("scheduler", last.scheduler() + " at epoch " + last.epoch(), schedulerOf(now));
    moved("journal's leader", last.journalLeader(), now.journalLeader());
    last = now;
  }

  private void missing(
      String kind, Set<String> before, Set<String> now, Function<String, String> name) {
    before.stream()
        .filter(id -> !now.contains(id))
        .forEach(id -> alarms.add("%s %s is gone".formatted(kind, name.apply(id))));
  }

  private void comparePods(SeenPod before, SeenPod now) {
    if (now == null) {
      return;
    }
    if (now.restarts() > before.restarts()) {
      alarms.add("pod %s was restarted (%d times)".formatted(now.name(), now.restarts()));
    }
    if (now.ready() != before.ready()) {
      readyChanges++;
    }
  }

  private static String schedulerOf(Look look) {
    return look.scheduler() + " at epoch " + look.epoch();
  }

  private void moved(String what, String before, String now) {
    if (!now.equals(before)) {
      alarms.add("the %s moved from %s to %s".formatted(what, before, now));
    }
  }

  /**
   * An entry of the journal that was written after the cluster had come to rest.
   *
   * @param type the event's name
   * @param event as JSON
   */
  void journalled(String type, String event) {
    if (FAULT_EVENTS.contains(type)) {
      alarms.add("journal: %s %s".formatted(type, event));
    }
  }

  /** A line of a node's log, written after the cluster had come to rest. */
  void logged(String node, String line) {
    if (MEMBER_LOST.matcher(line).find()) {
      alarms.add("log of %s: %s".formatted(node, line));
    }
    Matcher late = LATE_HEARTBEAT.matcher(line);
    if (late.find()) {
      lateHeartbeats++;
      latestHeartbeatMillis = Math.max(latestHeartbeatMillis, Long.parseLong(late.group(1)));
    }
  }

  /** In the order they were seen; each once. */
  List<String> alarms() {
    return List.copyOf(alarms);
  }

  /** In one line. */
  String summary() {
    String heartbeats =
        lateHeartbeats == 0
            ? "no heartbeat sent late"
            : "%d heartbeats sent late, the latest %d ms after the one before"
                .formatted(lateHeartbeats, latestHeartbeatMillis);
    return "%d looks, %s, %d Ready changes of pods, %d false alarms"
        .formatted(looks, heartbeats, readyChanges, alarms.size());
  }

  /** Reads the answers of {@code nodes}, {@code pods}, {@code status} and {@code controllers}. */
  static Look read(JsonNode nodes, List<JsonNode> pods, JsonNode status, JsonNode controllers) {
    Map<String, Boolean> ready = new LinkedHashMap<>();
    Api.items(nodes).forEach(n -> ready.put(n.at("/metadata/name").asText(), Api.isReady(n)));
    return new Look(
        ready,
        pods.stream()
            .collect(Collectors.toMap(p -> p.at("/metadata/uid").asText(), FalseAlarms::pod)),
        status.at("/scheduler/node").asText(),
        status.at("/scheduler/epoch").asLong(),
        controllers.path("leader").asText());
  }

  private static SeenPod pod(JsonNode pod) {
    return new SeenPod(
        pod.at("/metadata/name").asText(),
        Api.items(pod.at("/status/containerStatuses")).stream()
            .mapToLong(c -> c.path("restartCount").asLong())
            .sum(),
        Api.isReady(pod));
  }
}
