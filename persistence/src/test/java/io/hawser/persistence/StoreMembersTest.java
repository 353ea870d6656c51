package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hawser.persistence.StoreFiles.State;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The journal's members change while it is in use. */
class StoreMembersTest extends SeveralStores {
  @Test
  void aClusterOfOneGrowsToThreeAndLosesItsFounder() throws Exception {
    found("n1");
    write("n1", 20);
    join("n2");
    assertThat(members("n1").add("n2", address("n2"))).containsOnlyKeys("n1", "n2");
    join("n3");
    members("n1").add("n3", address("n3"));
    write("n3", 20);

    // For good: its directory is gone too.
    StoreFixture.stop(nodes.remove("n1"));
    write("n2", 20);
    members("n2").remove("n1");
    assertThat(members("n3").list()).containsOnlyKeys("n2", "n3");
    // Another machine in its place.
    join("n4");
    members("n3").add("n4", address("n4"));
    assertHoldsEverything("n4");

    // They find each other again without anybody from the first list.
    restartAll();
    assertHoldsEverything("n2");
    write("n3", 5);
    assertHoldsEverything("n4");
  }

  @Test
  void oneIsReplacedInOneStep() {
    found("n1");
    write("n1", 10);
    join("n2");
    members("n1").replace("n1", "n2", address("n2"));
    await().atMost(StoreFixture.PATIENCE).until(() -> store("n2").isLeader());
    assertThat(members("n2").list()).containsOnlyKeys("n2");
    write("n2", 10);
    assertHoldsEverything("n2");
  }

  @Test
  void whatWouldLeaveNoMajorityIsRefused() {
    found("n1");
    assertThatThrownBy(() -> members("n1").add("n2", address("n2")))
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("n2 can't be reached");
    assertThatThrownBy(() -> members("n1").remove("n1")).hasMessageContaining("the only one");
    assertThatThrownBy(() -> members("n1").remove("n9")).hasMessageContaining("does not keep");
    assertThatThrownBy(() -> members("n1").add("n1", address("n1")))
        .hasMessageContaining("already");
    write("n1", 1);
  }

  @Test
  void theLastOneOfThreeGoesOnAloneWhenToldTo() {
    found("n1");
    join("n2");
    members("n1").add("n2", address("n2"));
    join("n3");
    members("n1").add("n3", address("n3"));
    write("n1", 30);
    awaitApplied("n3");
    StoreFixture.stop(nodes.remove("n1"));
    nodes.remove("n2").terminate();

    StoreFixture.await(store("n3").recoverAlone());
    assertThat(members("n3").list()).containsOnlyKeys("n3");
    assertHoldsEverything("n3");
    write("n3", 5);
    restartAll();
    assertHoldsEverything("n3");
  }

  /** A scheduler that begins without a majority reads so; unanswered it waited for two minutes. */
  @Test
  void whoAskedBeforeTheLastOneGoesOnAloneIsAnswered() {
    three();
    write("n1", 5);
    awaitApplied("n3");
    StoreFixture.stop(nodes.remove("n1"));
    nodes.remove("n2").terminate();
    await().atMost(StoreFixture.PATIENCE).until(() -> store("n3").leader().isEmpty());
    List<CompletableFuture<?>> asked = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      asked.add(store("n3").client().highestSequenceNr(PID));
      asked.add(store("n3").client().deleteEvents("another", 1));
    }

    StoreFixture.await(store("n3").recoverAlone());

    CompletableFuture<?> all = CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new));
    StoreFixture.await(all.handle((done, failure) -> done));
    assertThat(asked).allMatch(CompletableFuture::isDone);
    assertHoldsEverything("n3");
  }

  /** Without a majority nothing is applied again, so that does not tell whose log is longer. */
  @Test
  void theEndOfALogIsToldAlsoByOneThatWasStartedWithoutTheOthers() {
    three();
    write("n1", 5);
    awaitApplied("n2");
    StoreFixture.stop(nodes.remove("n2"));
    write("n1", 20);
    awaitApplied("n3");
    LogEnd whole = store("n3").lastEntry();
    StoreFixture.stop(nodes.remove("n1"));
    StoreFixture.stop(nodes.remove("n3"));

    join("n2");
    LogEnd shorter = store("n2").lastEntry();
    StoreFixture.stop(nodes.remove("n2"));
    join("n3");

    assertThat(store("n3").lastEntry().index()).isGreaterThanOrEqualTo(whole.index());
    assertThat(shorter.index()).isBetween(0L, whole.index() - 20);
    assertThat(store("n3").appliedIndex()).as("what was told before").isLessThan(whole.index());
  }

  /** Another program had the port when the node was started. */
  @Test
  void aPeerWhosePortIsTakenStartsOnceItIsFree() throws Exception {
    int port = Integer.parseInt(address("n1").replaceFirst(".*:", ""));
    try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> found("n1")).hasMessageContaining("did not start");
      assertThat(other.isBound()).isTrue();
    }
    await().atMost(StoreFixture.PATIENCE).until(() -> store("n1").isLeader());
    write("n1", 1);
    assertHoldsEverything("n1");
  }

  /** As when its node leaves the lost cluster just then. */
  @Test
  void whoIsToldToGoOnAloneWhileItStopsIsThereAgainAfterwards() {
    found("n1");
    write("n1", 10);

    store("n1").recoverAlone();
    StoreFixture.stop(nodes.remove("n1"));

    start("n1");
    StoreFixture.await(store("n1").ready());
    assertHoldsEverything("n1");
    write("n1", 1);
  }

  @Test
  void aPeerWhoseLogIsDamagedComesBackByItself() throws Exception {
    three();
    StoreFixture.stop(nodes.remove("n3"));
    damage("n3");
    write("n2", 5);

    start("n3");

    StoreFixture.await(store("n3").ready());
    await()
        .atMost(StoreFixture.PATIENCE)
        .untilAsserted(() -> assertThat(members("n1").list()).containsOnlyKeys("n1", "n2", "n3"));
    assertHoldsEverything("n3");
    assertThat(StoreFiles.verify(dir.resolve("n3.damaged")))
        .anyMatch(report -> report.state() != State.WHOLE);
    // It counts again: with the first one gone there is a majority.
    awaitApplied("n3");
    StoreFixture.stop(nodes.remove("n1"));
    write("n3", 5);
    assertHoldsEverything("n2");
  }

  @Test
  void aFounderWhoseDiskIsLostDoesNotBeginAnew() throws Exception {
    three();
    StoreFixture.stop(nodes.remove("n1"));
    write("n2", 5);
    StoreFixture.deleteTree(dir.resolve("n1"));

    start("n1");

    StoreFixture.await(store("n1").ready());
    assertHoldsEverything("n1");
    await()
        .atMost(StoreFixture.PATIENCE)
        .untilAsserted(() -> assertThat(members("n2").list()).containsOnlyKeys("n1", "n2", "n3"));
  }

  @Test
  void aSinglePeerWhoseLogIsDamagedSaysTheWayOut() throws Exception {
    found("n1");
    write("n1", 30);
    StoreFixture.stop(nodes.remove("n1"));
    damage("n1");

    start("n1");

    assertThatThrownBy(() -> StoreFixture.await(store("n1").ready()))
        .hasMessageContaining("is damaged")
        .hasMessageContaining("hawser restore");
  }

  private void three() {
    found("n1");
    write("n1", 30);
    join("n2");
    members("n1").add("n2", address("n2"));
    join("n3");
    members("n1").add("n3", address("n3"));
    awaitApplied("n3");
    await()
        .atMost(StoreFixture.PATIENCE)
        .until(
            () -> nodes.keySet().stream().allMatch(n -> Files.exists(dir.resolve(n + ".members"))));
  }

  private void damage(String self) throws IOException {
    Path log = StoreFiles.openSegments(dir.resolve(self)).get(0);
    byte[] content = Files.readAllBytes(log);
    content[200] ^= 1;
    Files.write(log, content);
  }

  @Test
  void whoHasLostItsJournalDoesNotGoOnAlone() throws Exception {
    three();
    StoreFixture.stop(nodes.remove("n1"));
    StoreFixture.stop(nodes.remove("n2"));
    StoreFixture.stop(nodes.remove("n3"));
    StoreFixture.deleteTree(dir.resolve("n3"));

    start("n3");

    assertThatThrownBy(() -> StoreFixture.await(store("n3").recoverAlone()))
        .hasMessageContaining("lost its own journal");
    start("n1");
    start("n2");
    StoreFixture.await(store("n3").ready());
    assertHoldsEverything("n3");
  }

  @Test
  void verifyFindsWhatIsTornAndWhatIsDamaged() throws Exception {
    found("n1");
    write("n1", 50);
    try (InputStream state = backup("n1").open()) {
      state.readAllBytes();
    }
    write("n1", 50);
    StoreFixture.stop(nodes.remove("n1"));
    Path store = dir.resolve("n1");
    assertThat(StoreFiles.verify(store))
        .hasSizeGreaterThanOrEqualTo(2)
        .allMatch(report -> report.state() == State.WHOLE)
        .anyMatch(report -> report.entries() >= 100);

    List<StoreFiles.FileReport> files = StoreFiles.verify(store);
    Path open = StoreFiles.openSegments(store).get(0);
    final byte[] log = Files.readAllBytes(open);
    Files.write(open, torn(log));
    assertThat(StoreFiles.verify(store))
        .filteredOn(report -> report.state() == State.TORN)
        .extracting(StoreFiles.FileReport::file)
        .containsExactly(open);
    Files.write(open, log);

    for (StoreFiles.FileReport report : files) {
      byte[] content = Files.readAllBytes(report.file());
      // In the open segment, too, this was acknowledged: what follows would be lost with it.
      content[report.file().equals(open) ? 200 : content.length / 3] ^= 1;
      Files.write(report.file(), content);
    }
    assertThat(StoreFiles.verify(store))
        .allMatch(report -> report.state() == State.DAMAGED && !report.finding().isEmpty());
  }

  /** The end of the last entry did not get to the disk. */
  private static byte[] torn(byte[] log) {
    int end = log.length;
    while (log[end - 1] == 0) {
      end--;
    }
    byte[] torn = log.clone();
    java.util.Arrays.fill(torn, end - 8, end, (byte) 0);
    return torn;
  }
}
