package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.hawser.persistence.StoreCommand.StoredEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A peer on a file system that really is full. Needs root for a tmpfs of its own. */
@Tag("kernel")
class FullDiskTest {
  private static final String PID = "scheduler";
  private static final int EVENT_BYTES = 100 << 10;

  @TempDir Path dir;
  @TempDir Path elsewhere;
  private ActorSystem system;
  private long written;

  @BeforeEach
  void mount() throws Exception {
    run("mount", "-t", "tmpfs", "-o", "size=48m", "hawser-test", dir.toString());
  }

  @AfterEach
  void unmount() throws Exception {
    try {
      StoreFixture.stop(system);
    } finally {
      // Ratis leaves the file of a failed log open.
      run("umount", "--lazy", dir.toString());
    }
  }

  @Test
  void writesAreRefusedBeforeTheDiskIsFull() {
    start("20 MiB");
    assertThatThrownBy(this::writeUntilItFails)
        .hasCauseInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("disk full");
    assertHoldsEverything();
    // Deleting passes, and the same process goes on once there is room.
    StoreFixture.await(client().deleteEvents(PID, written - 1));
    remount("128m");
    await().atMost(StoreFixture.PATIENCE).ignoreExceptions().untilAsserted(this::writeOne);
    assertThat(StoreFixture.await(client().highestSequenceNr(PID))).isEqualTo(written);
  }

  @Test
  void aLogThatHitTheEndOfTheDiskLosesNothingAcknowledged() {
    start("0");
    assertThatThrownBy(this::writeUntilItFails).isInstanceOf(CompletionException.class);
    assertThat(written).isPositive();
    await().atMost(StoreFixture.PATIENCE).until(() -> !HawserStore.get(system).isPeerRunning());
    assertThatThrownBy(this::writeOne).hasMessageContaining("No space left on device");

    StoreFixture.stop(system);
    remount("128m");
    start("0");
    long highest = StoreFixture.await(client().highestSequenceNr(PID));
    // The one that failed may have been kept or not.
    assertThat(highest).isBetween(written, written + 1);
    written = highest;
    assertHoldsEverything();
    writeOne();
    assertHoldsEverything();
  }

  @Test
  void aLogThatHitTheEndOfTheDiskGoesOnByItselfOnceThereIsRoom() {
    start("0");
    assertThatThrownBy(this::writeUntilItFails).isInstanceOf(CompletionException.class);
    await().atMost(StoreFixture.PATIENCE).until(() -> !HawserStore.get(system).isPeerRunning());

    remount("128m");

    await()
        .atMost(StoreFixture.PATIENCE)
        .until(() -> HawserStore.get(system).isPeerRunning() && HawserStore.get(system).isLeader());
    long highest = StoreFixture.await(client().highestSequenceNr(PID));
    // The one that failed may have been kept or not.
    assertThat(highest).isBetween(written, written + 1);
    written = highest;
    assertHoldsEverything();
    writeOne();
    assertHoldsEverything();
  }

  @Test
  void aPeerThatFoundNoRoomToStartStartsOnceThereIsSome() throws Exception {
    fill();
    system = create("0");
    assertThatThrownBy(() -> StoreFixture.await(HawserStore.get(system).ready()))
        .hasMessageContaining("did not start")
        .hasMessageContaining(dir + " has 0 KiB free, a start needs 4096 KiB");

    Files.delete(filler());

    await().atMost(StoreFixture.PATIENCE).until(() -> HawserStore.get(system).isLeader());
    writeOne();
    assertHoldsEverything();
  }

  @Test
  void oneOfThreeWhoseDiskIsFullWritesThroughTheOthersAndComesBack() throws Exception {
    List<Integer> ports = StoreFixture.freePorts(3);
    ActorSystem first = join(elsewhere.resolve("n1"), "n1", ports);
    ActorSystem third = join(elsewhere.resolve("n3"), "n3", ports);
    try {
      system = join(dir.resolve("store"), "n2", ports);
      StoreFixture.await(HawserStore.get(system).ready());
      await()
          .atMost(StoreFixture.PATIENCE)
          .until(() -> HawserStore.get(first).isLeader() || HawserStore.get(third).isLeader());
      fill();

      // Two of three go on, until the third has no place for its log.
      while (HawserStore.get(system).isPeerRunning()) {
        writeOne();
      }
      await().atMost(StoreFixture.PATIENCE).until(() -> HawserStore.get(system).reachesMajority());
      writeOne();

      Files.delete(filler());
      await().atMost(StoreFixture.PATIENCE).until(() -> HawserStore.get(system).isPeerRunning());
      writeOne();
      await()
          .atMost(StoreFixture.PATIENCE)
          .until(
              () ->
                  HawserStore.get(system).appliedIndex()
                      >= Math.max(
                          HawserStore.get(first).appliedIndex(),
                          HawserStore.get(third).appliedIndex()));
      assertHoldsEverything();
    } finally {
      StoreFixture.stop(first);
      StoreFixture.stop(third);
    }
  }

  /** Without waiting: each needs the others. */
  private static ActorSystem join(Path store, String self, List<Integer> ports) {
    return ActorSystem.create(
        "store",
        ConfigFactory.parseString("hawser.store.limits.free-disk-bytes = 0")
            .withFallback(StoreFixture.config(store, self, ports)));
  }

  private Path filler() {
    return dir.resolve("filler");
  }

  private void fill() throws IOException {
    try (OutputStream out = Files.newOutputStream(filler())) {
      while (true) {
        out.write(new byte[4096]);
      }
    } catch (IOException full) {
      assertThat(full).hasMessageContaining("No space left");
    }
  }

  private void start(String freeDiskBytes) {
    system = create(freeDiskBytes);
    StoreFixture.await(HawserStore.get(system).ready());
  }

  private ActorSystem create(String freeDiskBytes) {
    return ActorSystem.create(
        "store",
        ConfigFactory.parseString(
                // No state file meanwhile: it would take the room that deletes are left.
                """
                hawser.store {
                  limits { free-disk-bytes = %s, log-bytes = 256 MiB, log-entries = 1000000 }
                  timeouts.write = 3s
                }
                """
                    .formatted(freeDiskBytes))
            .withFallback(StoreFixture.config(dir, "n1", StoreFixture.freePorts(1))));
  }

  private StoreClient client() {
    return HawserStore.get(system).client();
  }

  private void writeUntilItFails() {
    while (written < 10_000) {
      writeOne();
    }
  }

  private void writeOne() {
    byte[] body = new byte[EVENT_BYTES];
    // Not the first: that one says what kind of body it is.
    body[1] = (byte) (written + 1);
    StoreFixture.await(client().append(PID, List.of(new StoredEvent(written + 1, body))));
    written++;
  }

  private void assertHoldsEverything() {
    long next = 1;
    while (next <= written) {
      for (StoredEvent event :
          StoreFixture.await(client().events(PID, next, Long.MAX_VALUE, 1000))) {
        assertThat(event.sequenceNr()).isEqualTo(next);
        assertThat(event.body()[1]).isEqualTo((byte) next);
        next++;
      }
    }
    assertThat(StoreFixture.await(client().highestSequenceNr(PID))).isEqualTo(written);
  }

  private void remount(String size) {
    try {
      run("mount", "-o", "remount,size=" + size, dir.toString());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
  }
}
