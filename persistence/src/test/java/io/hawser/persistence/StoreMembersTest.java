package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.hawser.persistence.StoreCommand.StoredEvent;
import io.hawser.persistence.StoreFiles.State;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.pekko.actor.ActorSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal's members change while it is in use. */
class StoreMembersTest {
  private static final String PID = "p";

  @TempDir Path dir;
  private final List<Integer> ports = StoreFixture.freePorts(4);
  private final Map<String, ActorSystem> nodes = new HashMap<>();
  private long written;

  @AfterEach
  void stopAll() {
    nodes.values().forEach(StoreFixture::stop);
  }

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
  void aBackupOfARunningStoreComesBackInAnEmptyOne() throws Exception {
    found("n1");
    write("n1", 30);
    StoreFixture.await(store("n1").client().deleteEvents(PID, 10));
    StoreFixture.await(
        store("n1")
            .client()
            .saveSnapshot(PID, new StoreCommand.StoredSnapshot(12, 99, new byte[700 << 10])));
    Path file = dir.resolve("backup");
    try (InputStream bytes = backup("n1").open()) {
      Files.copy(bytes, file);
    }
    write("n1", 1);
    List<LogSummary> saved = StoreBackup.inspect(file);
    assertThat(saved).hasSize(1);
    assertThat(saved.get(0).highestSequenceNr()).isEqualTo(30);

    found("n4");
    // What was begun in the new cluster ends where the backup takes over.
    append("n4", 1);
    backup("n4").restore(file);
    assertThat(StoreFixture.await(store("n4").logs())).isEqualTo(saved);
    assertThat(events("n4"))
        .containsExactlyElementsOf(LongStream.rangeClosed(11, 30).boxed().toList());
    assertThatThrownBy(() -> append("n4", 2)).hasCauseInstanceOf(FencedWriteException.class);
    append("n4", 31);
    assertThatThrownBy(() -> backup("n4").restore(file))
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("has gone on to 31");
  }

  /** Two logs, of which one can't take its place: neither does, and nothing of them stays. */
  @Test
  void aBackupThatFitsOnlyInPartChangesNothing() throws Exception {
    found("n1");
    write("n1", 30);
    StoreFixture.await(
        store("n1").client().append("security", List.of(new StoredEvent(1, new byte[100]))));
    Path file = dir.resolve("backup");
    try (InputStream bytes = backup("n1").open()) {
      Files.copy(bytes, file);
    }

    found("n4");
    StoreFixture.await(
        store("n4").client().append("security", List.of(new StoredEvent(1, new byte[100]))));
    List<LogSummary> before = StoreFixture.await(store("n4").logs());
    assertThatThrownBy(() -> backup("n4").restore(file))
        .isInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("security has gone on to 1");
    assertThat(StoreFixture.await(store("n4").logs())).isEqualTo(before);
  }

  @Test
  void aRestoreThatFailsInTheMiddleLeavesNothingBehind() throws Exception {
    found("n1");
    for (int i = 0; i < 3; i++) {
      append("n1", ++written, 300 << 10);
    }
    Path file = dir.resolve("backup");
    try (InputStream bytes = backup("n1").open()) {
      Files.copy(bytes, file);
    }

    start(
        "n4",
        "hawser.store { self = n4, peers = [\"n4=%s\"], limits { page-bytes = 100 KiB, state-bytes = 500 KiB, state-heap-percent = 0 } }",
        address("n4"));
    assertThatThrownBy(() -> backup("n4").restore(file))
        .hasCauseInstanceOf(StoreRefusedException.class)
        .hasMessageContaining("store full");
    assertThat(StoreFixture.await(store("n4").logs()))
        .allMatch(log -> log.events() == 0 && log.snapshots() == 0);
    append("n4", 1);
  }

  @Test
  void whatAKilledRestoreLeftGoesWithALaterOne() throws Exception {
    found("n1");
    write("n1", 3);
    Path file = dir.resolve("backup");
    try (InputStream bytes = backup("n1").open()) {
      Files.copy(bytes, file);
    }
    found("n4");
    Instant now = Instant.now();
    List<String> begun =
        List.of(
            "restored:" + now.minus(Duration.ofHours(2)).toEpochMilli() + "-id:scheduler",
            "restored:older-version:scheduler",
            "restored:" + now.minus(Duration.ofMinutes(2)).toEpochMilli() + "-id:scheduler");
    for (String log : begun) {
      StoreFixture.await(
          store("n4").client().append(log, List.of(new StoredEvent(1, new byte[100]))));
    }

    backup("n4").restore(file);

    Map<String, Integer> events = new HashMap<>();
    StoreFixture.await(store("n4").logs())
        .forEach(log -> events.put(log.persistenceId(), log.events()));
    assertThat(events)
        .containsEntry(PID, 3)
        .containsEntry(begun.get(0), 0)
        .containsEntry(begun.get(1), 0)
        .containsEntry(begun.get(2), 1);
  }

  @Test
  void aBackupThatTheDiskHasNoPlaceForSaysSo() throws Exception {
    found("n1");
    write("n1", 3);
    Path state = store("n1").peer().orElseThrow().stateDirectory();
    StoreFixture.deleteTree(state);
    assertThatThrownBy(() -> backup("n1").open())
        .hasRootCauseInstanceOf(IOException.class)
        .hasMessageContaining(state.toString());
    // The next one is not held up by it.
    Files.createDirectories(state);
    try (InputStream bytes = backup("n1").open()) {
      assertThat(bytes.readAllBytes()).isNotEmpty();
    }
  }

  /** An empty replica that waits must not become the only one. */
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
  void aDamagedBackupChangesNothing() throws Exception {
    found("n1");
    write("n1", 3);
    Path file = dir.resolve("backup");
    try (InputStream bytes = backup("n1").open()) {
      byte[] content = bytes.readAllBytes();
      content[content.length / 2] ^= 1;
      Files.write(file, content);
    }
    assertThatThrownBy(() -> StoreBackup.inspect(file)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> backup("n1").restore(file)).isInstanceOf(IOException.class);
    assertHoldsEverything("n1");
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

  private void found(String self) {
    start(self, "hawser.store { self = %s, peers = [\"%s=%s\"] }", self, self, address(self));
  }

  private void join(String self) {
    start(self);
    await().atMost(StoreFixture.PATIENCE).until(() -> store(self).isPeerRunning());
  }

  private void start(String self) {
    String founder = "n1=" + address("n1");
    String config =
        "hawser.store { self = %s, peers = [\"%s\"], address = \"%s\" }"
            .formatted(self, founder, address(self));
    nodes.put(
        self,
        ActorSystem.create(
            "store",
            ConfigFactory.parseString(config)
                .withFallback(StoreFixture.config(dir.resolve(self), self, List.of(1)))));
  }

  private void start(String self, String config, Object... values) {
    nodes.put(
        self,
        StoreFixture.start(
            ConfigFactory.parseString(config.formatted(values))
                .withFallback(StoreFixture.config(dir.resolve(self), self, List.of(1)))));
  }

  /** As after a loss of power; the configuration is the one from the first day. */
  private void restartAll() {
    List<String> names = new ArrayList<>(nodes.keySet());
    nodes.values().forEach(StoreFixture::stop);
    names.forEach(this::join);
    names.forEach(name -> StoreFixture.await(store(name).ready()));
  }

  private String address(String self) {
    return "127.0.0.1:" + ports.get(Integer.parseInt(self.substring(1)) - 1);
  }

  private HawserStore store(String self) {
    return HawserStore.get(nodes.get(self));
  }

  private StoreMembers members(String self) {
    return StoreFixture.await(store(self).members());
  }

  private StoreBackup backup(String self) {
    return StoreFixture.await(store(self).backup());
  }

  private void append(String self, long sequenceNr) {
    append(self, sequenceNr, 100);
  }

  private void append(String self, long sequenceNr, int bytes) {
    StoreFixture.await(
        store(self).client().append(PID, List.of(new StoredEvent(sequenceNr, new byte[bytes]))));
  }

  private void write(String self, int events) {
    for (int i = 0; i < events; i++) {
      append(self, ++written);
    }
  }

  private void awaitApplied(String self) {
    long leaders = store("n1").peer().orElseThrow().appliedIndex();
    await()
        .atMost(StoreFixture.PATIENCE)
        .until(() -> store(self).peer().orElseThrow().appliedIndex() >= leaders);
  }

  private List<Long> events(String self) {
    return StoreFixture.await(store(self).client().events(PID, 1, Long.MAX_VALUE, 1000)).stream()
        .map(StoredEvent::sequenceNr)
        .toList();
  }

  private void assertHoldsEverything(String self) {
    assertThat(events(self))
        .containsExactlyElementsOf(LongStream.rangeClosed(1, written).boxed().toList());
  }
}
