package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.LinuxKernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The state directory on a file system of 2 MiB. */
@Tag("kernel")
class FullDiskTest {
  private final Kernel kernel = new LinuxKernel();
  private TestNode node;
  private Path state;

  @BeforeEach
  void mountSmallDisk() throws Exception {
    node = TestNode.create(Duration.ofSeconds(30));
    TestNode.importBusybox(node.config.imageDir());
    state = Files.createDirectory(node.config.stateDir());
    kernel.mount(new Kernel.Mount("tmpfs", state.toString(), "tmpfs", 0, "size=2m"));
    node.runtime = ContainerRuntime.open(node.config);
  }

  @AfterEach
  void unmount() {
    node.runtime.purge();
    node.runtime = null;
    kernel.unmount(new Kernel.Unmount(state.toString(), Flags.MNT_DETACH));
    node.close();
  }

  private void fill() throws Exception {
    Path file = state.resolve("filler");
    try (var out = Files.newOutputStream(file)) {
      byte[] block = new byte[4096];
      while (true) {
        out.write(block);
      }
    } catch (java.io.IOException full) {
      assertThat(full).hasMessageContaining("No space left");
    }
  }

  @Test
  void runningContainersGoOnAndTheirLogSaysWhatIsMissing() throws Exception {
    node.sandbox("pod");
    Container container =
        node.runtime.start(
            TestNode.spec("pod", "main", "sh", "-c", "while :; do echo tick; sleep 0.05; done"));
    await().untilAsserted(() -> assertThat(TestNode.log(container)).contains("tick"));
    fill();
    AtomicLong before = new AtomicLong(-1);
    AtomicInteger same = new AtomicInteger();
    await()
        .atMost(Duration.ofSeconds(60)) // until the last block of the log is full, too
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> {
              long size = Files.size(container.logFile());
              // A busy machine may hold the container back for a moment.
              return (before.getAndSet(size) == size ? same.incrementAndGet() : reset(same)) >= 5;
            });
    assertThat(container.exit().toCompletableFuture()).isNotDone();
    Files.delete(state.resolve("filler"));
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> assertThat(TestNode.log(container)).contains("bytes of output could not be"));
    assertThat(TestNode.await(container.stop(Duration.ZERO)).signal()).isEqualTo(9);
  }

  private static int reset(AtomicInteger count) {
    count.set(0);
    return 0;
  }

  @Test
  void startFailsWithTheReasonAndIsUndone() throws Exception {
    node.sandbox("pod");
    fill();
    ContainerSpec spec = TestNode.spec("pod", "main", "true");
    assertThatThrownBy(() -> node.runtime.start(spec))
        .isInstanceOf(RuntimeFault.class)
        .hasMessageContaining("No space left");
    assertThat(state.resolve("pods/pod/containers")).isEmptyDirectory();
    assertThatThrownBy(() -> node.sandbox("other")).hasMessageContaining("No space left");
    Files.delete(state.resolve("filler"));
    Container container = node.runtime.start(spec);
    assertThat(TestNode.await(container.exit()).code()).isZero();
  }
}
