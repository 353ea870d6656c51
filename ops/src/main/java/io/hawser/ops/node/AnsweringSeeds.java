package io.hawser.ops.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.Address;

/** Which members of before are there at all: their machines take a connection. */
final class AnsweringSeeds {
  /** A machine that is gone stays silent; of one that is there a packet may be lost. */
  private static final Duration CONNECT = Duration.ofSeconds(3);

  private AnsweringSeeds() {}

  /**
   * All of them are tried at once.
   *
   * @param threads of which each tries one, and may block
   * @return those that answered, in the order given; never fails
   */
  static CompletableFuture<List<Address>> of(List<Address> seeds, Executor threads) {
    List<CompletableFuture<Boolean>> tries =
        seeds.stream()
            .map(seed -> CompletableFuture.supplyAsync(() -> answers(seed), threads))
            .toList();
    return CompletableFuture.allOf(tries.toArray(CompletableFuture[]::new))
        .thenApply(
            all -> seeds.stream().filter(seed -> tries.get(seeds.indexOf(seed)).join()).toList());
  }

  private static boolean answers(Address seed) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(seed.getHost().get(), seed.getPort().get()),
          Math.toIntExact(CONNECT.toMillis()));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
