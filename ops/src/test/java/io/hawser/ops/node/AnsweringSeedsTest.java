package io.hawser.ops.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import org.apache.pekko.actor.Address;
import org.junit.jupiter.api.Test;

class AnsweringSeedsTest {
  /** What accepts nothing, as a frozen node, is there: the kernel takes its connections. */
  @Test
  void whoTakesNoConnectionIsLeftOut() throws IOException {
    Address gone;
    try (ServerSocket closed = listen()) {
      gone = address(closed);
    }
    try (ServerSocket one = listen();
        ServerSocket other = listen()) {
      List<Address> seeds = List.of(address(other), gone, address(one));
      assertThat(AnsweringSeeds.of(seeds, ForkJoinPool.commonPool()).join())
          .containsExactly(address(other), address(one));
    }
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  private static Address address(ServerSocket socket) {
    return new Address("pekko", "hawser", "127.0.0.1", socket.getLocalPort());
  }
}
