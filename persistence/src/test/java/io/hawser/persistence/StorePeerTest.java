package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftPeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorePeerTest {
  @TempDir Path dir;

  /** Whoever closes it opens the directory again, sets it aside or deletes it. */
  @Test
  void closedPeerIsDoneWithItsDirectory() throws IOException {
    Config config = StoreFixture.config(dir.resolve("n1"), "n1", StoreFixture.freePorts(1));
    StoreSettings settings = StoreSettings.from(config.getConfig("hawser.store"));
    for (int i = 0; i < 3; i++) {
      StorePeer peer = StorePeer.start(settings, new NoEvents());
      await().atMost(StoreFixture.PATIENCE).until(peer::isReadyLeader);
      peer.close();
      try (FileChannel channel = FileChannel.open(lockFile(), StandardOpenOption.WRITE);
          FileLock lock = channel.tryLock()) {
        assertThat(lock).isNotNull();
      }
    }
  }

  private Path lockFile() throws IOException {
    try (Stream<Path> all = Files.walk(dir)) {
      return all.filter(file -> file.endsWith("in_use.lock")).findFirst().orElseThrow();
    }
  }

  private static final class NoEvents implements StoreStateMachine.Events {
    @Override
    public void leaderChanged(RaftPeerId leader) {}

    @Override
    public void leaderReady() {}

    @Override
    public void membersChanged(Map<String, String> members) {}

    @Override
    public void snapshotDue() {}

    @Override
    public void logFailed(Throwable cause) {}
  }
}
