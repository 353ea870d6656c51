package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.kernel.RecordingKernel;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.launch.WaitingLauncher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SpawnerTest {
  private static final LaunchPlan NOTHING = new LaunchPlan(List.of());

  private final RecordingKernel kernel = new RecordingKernel();
  private final Launcher launcher = new Launcher(kernel);
  private final Spawner spawner = new Spawner(kernel);
  private final Set<Integer> before = kernel.openDescriptors();

  private WaitingLauncher spawn() {
    return launcher.spawn(new Launcher.PidNamespace.New(), Map.of());
  }

  @AfterEach
  void close() {
    spawner.close();
  }

  @Test
  void launcherIsSpawnedWithoutItsCaller() throws InterruptedException {
    CountDownLatch spawned = new CountDownLatch(1);
    Spawner.Early early =
        spawner.begin(
            () -> {
              WaitingLauncher waiting = spawn();
              spawned.countDown();
              return waiting;
            });
    spawned.await();
    early.give(NOTHING).abandon();
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void failedSpawnIsToldToWhoBringsThePlan() {
    kernel.failOn("spawn", Errno.EAGAIN);
    Spawner.Early early = spawner.begin(this::spawn);
    assertThatThrownBy(() -> early.give(NOTHING))
        .isInstanceOf(KernelFault.class)
        .hasMessageContaining("EAGAIN");
    early.abandon();
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void launcherThatGetsNoPlanIsEnded() {
    spawner.begin(this::spawn).abandon();
    assertThat(kernel.calls()).anyMatch(call -> call.startsWith("reap"));
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void moreThanItHasThreadsForAreSpawnedByTheirCallers() throws InterruptedException {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch busy = new CountDownLatch(4);
    List<Spawner.Early> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(
          spawner.begin(
              () -> {
                busy.countDown();
                awaitUnchecked(release);
                return spawn();
              }));
    }
    busy.await();
    Thread caller = Thread.currentThread();
    List<Thread> spawners = new ArrayList<>();
    all.add(
        spawner.begin(
            () -> {
              spawners.add(Thread.currentThread());
              return spawn();
            }));
    assertThat(spawners).containsExactly(caller);
    release.countDown();
    all.forEach(Spawner.Early::abandon);
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void closedOneSpawnsNothing() {
    spawner.close();
    assertThatThrownBy(() -> spawner.begin(this::spawn))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("this runtime is closed");
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  private static void awaitUnchecked(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
