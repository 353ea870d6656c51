package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader whose peer is away. */
class PatientRpcTest {
  /** Ratis' own appender took about 300 MB a second of an idle core. */
  private static final long SOME_HEARTBEATS_BYTES = 10 << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path dir;
  private final List<ActorSystem> nodes = new ArrayList<>();

  @AfterEach
  void stopAll() {
    nodes.forEach(StoreFixture::stop);
  }

  @Test
  void waitsWithoutSpinningForAPeerThatIsAway() throws Exception {
    List<Integer> ports = StoreFixture.freePorts(3);
    for (String name : List.of("n1", "n2")) {
      nodes.add(ActorSystem.create(name, StoreFixture.config(dir.resolve(name), name, ports)));
    }
    await()
        .atMost(StoreFixture.PATIENCE)
        .until(() -> nodes.stream().anyMatch(n -> HawserStore.get(n).isLeader()));
    // One for the peer that is there, one for that which is not.
    await().atMost(StoreFixture.PATIENCE).until(() -> appenders().count() == 2);

    long before = allocated();
    Thread.sleep(3000);

    assertThat(appenders()).hasSize(2);
    assertThat(allocated() - before).isLessThan(SOME_HEARTBEATS_BYTES);
  }

  private static long allocated() {
    return appenders().mapToLong(t -> THREADS.getThreadAllocatedBytes(t.getThreadId())).sum();
  }

  private static Stream<ThreadInfo> appenders() {
    return Stream.of(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
        .filter(t -> t != null && t.getThreadName().contains("LogAppenderDaemon"));
  }
}
