package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What clients wrote and read, and what must be true of it whatever happened meanwhile. Each client
 * speaks to one gateway, creates objects of its own and reads them back.
 */
final class History {
  private static final String PATH = "/apis/apps/v1/namespaces/default/deployments";

  /** Names of objects whose creation was acknowledged, by the revision it was acknowledged at. */
  private final Map<Long, String> acknowledged = new ConcurrentSkipListMap<>();

  private final Set<String> unknown = ConcurrentHashMap.newKeySet();
  private final Set<String> violations = ConcurrentHashMap.newKeySet();
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicLong numbers = new AtomicLong();

  /** One client's loop, until told to stop. */
  void run(Api api, String gateway, Random random, java.util.function.BooleanSupplier more) {
    long seen = 0;
    while (more.getAsBoolean()) {
      try {
        if (random.nextInt(3) == 0) {
          seen = Math.max(seen, create(api, gateway));
        } else {
          seen = read(api, gateway, seen);
        }
      } catch (IOException | RuntimeException unreachable) {
        // Its gateway is down, frozen or cut off: the next try finds out when that ends.
        java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
      }
      java.util.concurrent.locks.LockSupport.parkNanos(30_000_000);
    }
  }

  private long create(Api api, String gateway) throws IOException {
    String name = "h" + numbers.incrementAndGet();
    unknown.add(name);
    Api.Response answer = api.sendTo(gateway, "POST", PATH, "application/json", manifest(name));
    if (answer.code() != 201) {
      return 0;
    }
    long revision = answer.body().at("/metadata/resourceVersion").asLong();
    String other = acknowledged.putIfAbsent(revision, name);
    if (other != null) {
      violations.add("%s and %s were both acknowledged at %d".formatted(name, other, revision));
    }
    unknown.remove(name);
    return revision;
  }

  /** A gateway's answers only go forward, and never miss what it has acknowledged itself. */
  private long read(Api api, String gateway, long seen) throws IOException {
    Set<String> expected = new TreeSet<>();
    acknowledged.forEach(
        (revision, name) -> {
          if (revision <= seen) {
            expected.add(name);
          }
        });
    Api.Response answer = api.sendTo(gateway, "GET", PATH, "application/json", null);
    if (answer.code() != 200) {
      return seen;
    }
    reads.incrementAndGet();
    long revision = answer.body().at("/metadata/resourceVersion").asLong();
    if (revision < seen) {
      violations.add("%s went back from %d to %d".formatted(gateway, seen, revision));
    }
    expected.removeAll(names(answer.body()));
    if (!expected.isEmpty()) {
      violations.add("%s at %d does not show %s".formatted(gateway, revision, expected));
    }
    return Math.max(seen, revision);
  }

  private static Set<String> names(JsonNode list) {
    Set<String> names = new TreeSet<>();
    Api.items(list).forEach(item -> names.add(item.at("/metadata/name").asText()));
    return names;
  }

  private static byte[] manifest(String name) {
    return """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"%1$s"},
         "spec":{"replicas":0,"selector":{"matchLabels":{"app":"%1$s"}},
          "template":{"metadata":{"labels":{"app":"%1$s"}},
           "spec":{"containers":[{"name":"c","image":"hawser/web:1"}]}}}}"""
        .formatted(name)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** After everything has healed: nothing acknowledged is missing anywhere. */
  void check(Api api, Iterable<String> gateways) throws IOException {
    assertThat(violations).isEmpty();
    assertThat(acknowledged).as("acknowledged writes").hasSizeGreaterThan(20);
    assertThat(reads.get()).as("reads").isGreaterThan(20);
    for (String gateway : gateways) {
      Set<String> shown = names(api.sendTo(gateway, "GET", PATH, "application/json", null).body());
      assertThat(shown).as("shown by " + gateway).containsAll(acknowledged.values());
    }
    checkJournal(api);
  }

  /**
   * What is retained is without gaps, and of schedulers each began after the one before ended: its
   * first entry says so, and no entry of another one follows.
   */
  private static void checkJournal(Api api) {
    long next = -1;
    long epoch = 0;
    String writer = "";
    Set<String> ended = new TreeSet<>();
    while (true) {
      String path = "/apis/hawser.io/v1/journal/scheduler?limit=1000&from=" + Math.max(1, next);
      JsonNode page = api.get(path).body();
      if (page.path("items").isEmpty()) {
        return;
      }
      for (JsonNode entry : page.path("items")) {
        long number = entry.path("sequenceNr").asLong();
        assertThat(next == -1 || number == next).as("%d follows %d", number, next - 1).isTrue();
        next = number + 1;
        if (entry.path("type").asText().equals("SchedulerStarted")) {
          long started = epochOf(entry.path("event").asText());
          assertThat(started).as("epoch at %d", number).isGreaterThan(epoch);
          epoch = started;
          ended.add(writer);
          writer = entry.path("writer").asText();
          assertThat(ended).as("who writes from %d on", number).doesNotContain(writer);
        } else if (writer.isEmpty()) {
          writer = entry.path("writer").asText();
        }
        assertThat(entry.path("writer").asText()).as("writer of %d", number).isEqualTo(writer);
      }
    }
  }

  private static long epochOf(String event) {
    return Long.parseLong(event.replaceFirst(".*\"epoch\":(\\d+).*", "$1"));
  }

  @Override
  public String toString() {
    return "%d writes acknowledged, %d unanswered or refused, %d reads"
        .formatted(acknowledged.size(), unknown.size(), reads.get());
  }

  /** For a failure's message. */
  Map<Long, String> acknowledged() {
    return new TreeMap<>(acknowledged);
  }
}
