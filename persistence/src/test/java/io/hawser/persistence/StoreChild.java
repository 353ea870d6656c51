package io.hawser.persistence;

import io.hawser.persistence.StoreCommand.StoredEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.pekko.actor.ActorSystem;

/**
 * A node of its own JVM for the tests of several peers: {@code DIR SELF PORT…}. Orders come as
 * lines on standard input, reports leave as lines on standard output.
 */
final class StoreChild {
  private final String self;
  private final HawserStore store;
  private volatile boolean writing;

  private StoreChild(String self, ActorSystem system) {
    this.self = self;
    this.store = HawserStore.get(system);
  }

  public static void main(String[] args) throws IOException {
    List<Integer> ports = Arrays.stream(args).skip(2).map(Integer::parseInt).toList();
    ActorSystem system =
        ActorSystem.create("store", StoreFixture.config(Path.of(args[0]), args[1], ports));
    StoreChild child = new StoreChild(args[1], system);
    child
        .store
        .ready()
        .whenComplete((ok, failure) -> say(failure == null ? "ready" : "failed " + failure));
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      child.carryOut(order.split(" "));
    }
    // The parent is gone or wants a planned stop.
    StoreFixture.stop(system);
    System.exit(0);
  }

  private static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private void carryOut(String[] order) {
    switch (order[0]) {
      case "write" -> start(() -> write(order[1], 0));
      case "write-large" -> start(() -> write(order[1], Integer.parseInt(order[2])));
      case "append" ->
          start(() -> append(order[1], Integer.parseInt(order[2]), Integer.parseInt(order[3])));
      case "stop" -> writing = false;
      case "leader" -> say("leader " + store.leader().orElse("none"));
      case "majority" -> say("majority " + store.reachesMajority());
      case "dump" -> start(() -> dump(order[1]));
      case "delete" ->
          start(
              () -> {
                StoreFixture.await(store.client().deleteEvents(order[1], Long.parseLong(order[2])));
                say("deleted " + order[1]);
              });
      case "snapshot" ->
          start(
              () -> {
                boolean taken =
                    StoreFixture.await(store.peer().orElseThrow().takeSnapshot()).isSuccess();
                say("snapshot " + taken);
              });
      case "applied" -> say("applied " + store.peer().map(StorePeer::appliedIndex).orElse(-1L));
      default -> say("unknown order " + order[0]);
    }
  }

  private void start(Runnable task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (RuntimeException e) {
                say("failed " + ScalaFutures.cause(e));
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  /** Writes one event after the other, as a persistent actor does, until told to stop or fenced. */
  private void write(String pid, int padding) {
    writing = true;
    long next = StoreFixture.await(store.highestSequenceNr(pid)) + 1;
    while (writing) {
      try {
        byte[] body = body(self + ":" + next, padding);
        store.client().append(pid, List.of(new StoredEvent(next, body))).join();
        say("acked " + pid + " " + next);
        next++;
      } catch (CompletionException e) {
        if (ScalaFutures.cause(e) instanceof FencedWriteException) {
          say("fenced " + pid + " " + next);
          return;
        }
        // Unanswered: only reading tells whether it was kept.
        say("unanswered " + pid + " " + next + " " + ScalaFutures.cause(e).getMessage());
        next = StoreFixture.await(store.highestSequenceNr(pid)) + 1;
      }
    }
    say("stopped " + pid);
  }

  private void append(String pid, int events, int padding) {
    long next = StoreFixture.await(store.highestSequenceNr(pid)) + 1;
    for (long last = next + events; next < last; next++) {
      byte[] body = body(self + ":" + next, padding);
      store.client().append(pid, List.of(new StoredEvent(next, body))).join();
      say("acked " + pid + " " + next);
    }
    say("appended");
  }

  /** Who wrote it and its number, then so many spaces. */
  private static byte[] body(String content, int padding) {
    return (content + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8);
  }

  private void dump(String pid) {
    long from = 1;
    while (true) {
      List<StoredEvent> page =
          StoreFixture.await(store.client().events(pid, from, Long.MAX_VALUE, 1000));
      if (page.isEmpty()) {
        say("dumped " + pid + " " + StoreFixture.await(store.highestSequenceNr(pid)));
        return;
      }
      for (StoredEvent event : page) {
        say(
            "event %s %d %s"
                .formatted(
                    pid,
                    event.sequenceNr(),
                    new String(event.body(), StandardCharsets.UTF_8).strip()));
      }
      from = page.get(page.size() - 1).sequenceNr() + 1;
    }
  }
}
