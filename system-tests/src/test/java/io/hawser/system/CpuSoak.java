package io.hawser.system;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * {@code ./dev soak cpu [MINUTES [NICE]]}: three nodes with default settings and six pods beside
 * one process for each processor that never waits. Nothing is wrong with any of them, so whatever
 * is taken for lost is a false alarm ({@link FalseAlarms}): exit code 1, and the nodes' logs are
 * kept.
 */
final class CpuSoak implements AutoCloseable {
  private static final int NODES = 3;
  private static final int PODS = 6;
  private static final Duration DEFAULT_TIME = Duration.ofMinutes(60);
  private static final int MAX_MINUTES = 7 * 24 * 60;
  private static final long LOOK_NANOS = 1_000_000_000;
  private static final Duration SAY_EVERY = Duration.ofMinutes(5);

  /** Burners end by themselves this much after the time, should this program be killed. */
  private static final Duration BURNERS_OUTLIVE = Duration.ofMinutes(5);

  /** Gateways answer late on such a machine; without any answer for so long they are gone. */
  private static final Duration LONGEST_SILENCE = Duration.ofMinutes(1);

  private static final int JOURNAL_PAGE = 1000;

  private final TestCluster cluster;
  private final List<Process> burners = new ArrayList<>();
  private final Map<String, Long> logRead = new LinkedHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private long journalRead;
  private long unanswered;
  private double highestLoad;

  private CpuSoak(TestCluster cluster) {
    this.cluster = cluster;
  }

  public static void main(String[] args) throws Exception {
    Duration time = args.length > 0 ? minutes(args[0]) : DEFAULT_TIME;
    int nice = args.length > 1 ? nice(args[1]) : 0;
    CpuSoak soak = new CpuSoak(TestCluster.upWithDefaults(NODES));
    // Also when it is interrupted: nothing may stay on the machine.
    Runtime.getRuntime().addShutdownHook(new Thread(soak::closeOrSay, "close"));
    boolean quiet;
    try (soak) {
      quiet = soak.run(time, nice);
    }
    System.exit(quiet ? 0 : 1);
  }

  private static Duration minutes(String text) {
    return Duration.ofMinutes(number("MINUTES", text, 1, MAX_MINUTES));
  }

  private static int nice(String text) {
    return number("NICE", text, -20, 19);
  }

  private static int number(String name, String text, int least, int most) {
    try {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, with what is expected.
    }
    System.err.printf("soak cpu: %s: expected %d to %d, not '%s'%n", name, least, most, text);
    System.exit(2);
    throw new AssertionError();
  }

  private boolean run(Duration time, int nice) throws IOException {
    cluster.applyWeb(PODS);
    cluster.awaitReady(PODS);
    FalseAlarms alarms = new FalseAlarms(look());
    readJournal(null);
    readLogs(null);
    burn(time.plus(BURNERS_OUTLIVE), nice);
    watch(alarms, time);
    String burning =
        burners.stream().allMatch(Process::isAlive) ? "" : " (not all of them to the end)";
    System.out.printf(
        Locale.ROOT,
        "soak cpu: %d min, %d burners at nice %d%s, load average %.1f, at most %.1f,"
            + " %d looks unanswered, %s%n",
        time.toMinutes(),
        burners.size(),
        nice,
        burning,
        load(),
        highestLoad,
        unanswered,
        alarms.summary());
    if (!alarms.alarms().isEmpty()) {
      keepLogs();
    }
    return alarms.alarms().isEmpty() && burning.isEmpty();
  }

  /** The shell itself turns in circles; {@code timeout} is there in case nobody ends it. */
  private void burn(Duration longest, int nice) throws IOException {
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      burners.add(
          new ProcessBuilder(
                  "nice",
                  "-n",
                  Integer.toString(nice),
                  "timeout",
                  Long.toString(longest.toSeconds()),
                  "sh",
                  "-c",
                  "while :; do :; done")
              .inheritIO()
              .start());
    }
  }

  private void watch(FalseAlarms alarms, Duration time) throws IOException {
    long begun = System.nanoTime();
    long answered = begun;
    long said = begun;
    int told = 0;
    while (System.nanoTime() - begun < time.toNanos()) {
      LockSupport.parkNanos(LOOK_NANOS);
      try {
        alarms.look(look());
        readJournal(alarms);
        answered = System.nanoTime();
      } catch (Api.NotReachable busy) {
        unanswered++;
        if (System.nanoTime() - answered > LONGEST_SILENCE.toNanos()) {
          throw busy;
        }
      }
      readLogs(alarms);
      highestLoad = Math.max(highestLoad, load());
      List<String> all = alarms.alarms();
      all.subList(told, all.size()).forEach(alarm -> say("FALSE ALARM: " + alarm));
      told = all.size();
      if (System.nanoTime() - said >= SAY_EVERY.toNanos()) {
        said = System.nanoTime();
        say("load average %.1f, %s".formatted(load(), alarms.summary()));
      }
    }
  }

  private static void say(String what) {
    System.out.println(LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + " " + what);
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private FalseAlarms.Look look() {
    Api api = cluster.api();
    FalseAlarms.Look look =
        FalseAlarms.read(
            answer(api, "/api/v1/nodes"),
            Api.items(answer(api, "/api/v1/namespaces/default/pods")),
            answer(api, "/apis/hawser.io/v1/status"),
            answer(api, "/apis/hawser.io/v1/controllers"));
    if (look.scheduler().isEmpty() || look.journalLeader().isEmpty()) {
      throw new Api.NotReachable(new IOException("the scheduler or the journal was not heard"));
    }
    return look;
  }

  private static JsonNode answer(Api api, String path) {
    Api.Response response = api.get(path);
    if (response.code() != 200) {
      throw new Api.NotReachable(new IOException(path + ": " + response.body()));
    }
    return response.body();
  }

  /**
   * @param alarms null: what is there already was before
   */
  private void readJournal(FalseAlarms alarms) {
    while (true) {
      String path =
          "/apis/hawser.io/v1/journal/scheduler?limit=%d&from=%d"
              .formatted(JOURNAL_PAGE, journalRead + 1);
      List<JsonNode> entries = Api.items(answer(cluster.api(), path));
      for (JsonNode entry : entries) {
        journalRead = entry.path("sequenceNr").asLong();
        if (alarms != null) {
          alarms.journalled(entry.path("type").asText(), entry.path("event").asText());
        }
      }
      if (entries.size() < JOURNAL_PAGE) {
        return;
      }
    }
  }

  private void readLogs(FalseAlarms alarms) throws IOException {
    for (String node : cluster.nodeNames()) {
      byte[] all = Files.readAllBytes(log(node));
      int from = Math.toIntExact(logRead.getOrDefault(node, 0L));
      int to = all.length;
      while (to > from && all[to - 1] != '\n') {
        to--;
      }
      logRead.put(node, (long) to);
      if (alarms != null) {
        new String(all, from, to - from, StandardCharsets.UTF_8)
            .lines()
            .forEach(line -> alarms.logged(node, line));
      }
    }
  }

  private Path log(String node) {
    return cluster.dir().resolve(node).resolve("node.log");
  }

  private void keepLogs() throws IOException {
    Path kept = Files.createDirectories(Shell.home().resolve("target/soak-cpu"));
    for (String node : cluster.nodeNames()) {
      Files.copy(log(node), kept.resolve(node + ".log"), StandardCopyOption.REPLACE_EXISTING);
    }
    System.out.println("the nodes' logs: " + kept);
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      burners.forEach(Process::destroy);
      cluster.close();
    }
  }

  private void closeOrSay() {
    try {
      close();
    } catch (IOException | RuntimeException | Error e) {
      System.err.println("soak cpu: not all was removed: " + e);
    }
  }
}
