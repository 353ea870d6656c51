package io.hawser.persistence;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.MD5FileUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state's files on disk: magic, version, state, CRC32C of all before. Written beside, flushed,
 * renamed, so a crash leaves a whole file or none; a file whose checksum is wrong is set aside and
 * the one before it is used. (Ratis' own storage trusts the newest file, and one without its MD5
 * file when no other is there.)
 */
final class SnapshotFiles extends SimpleStateMachineStorage {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotFiles.class);
  private static final int MAGIC = 0x48575352; // HWSR
  private static final int VERSION = 1;

  /** The newest and the one to fall back to; the log is kept from the older one on. */
  static final int KEPT = 2;

  private static final Comparator<Path> NEWEST_FIRST =
      Comparator.comparing((Path file) -> indexOf(file)).reversed();

  private volatile Path directory;
  private volatile SingleFileSnapshotInfo latest;

  /** A state and the log entry it includes. */
  record Loaded(StoreState state, TermIndex at) {}

  @Override
  public void init(RaftStorage storage) throws IOException {
    super.init(storage);
    directory = storage.getStorageDir().getStateMachineDir().toPath();
  }

  /**
   * The newest state whose checksum is right, or an empty one at no index; damaged files are
   * renamed to {@code *.corrupt}.
   */
  Loaded loadNewest() throws IOException {
    latest = null;
    for (Path file : files()) {
      TermIndex at = getTermIndexFromSnapshotFile(file.toFile());
      try {
        StoreState state = read(file);
        latest = new SingleFileSnapshotInfo(new FileInfo(file, digest(file)), at);
        return new Loaded(state, at);
      } catch (IOException | RuntimeException e) {
        LOG.error(
            "Snapshot {} is damaged and set aside; an older one and the log are used", file, e);
        Files.move(
            file,
            corrupt(file),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(MD5FileUtil.getDigestFileForFile(file.toFile()).toPath());
      }
    }
    return new Loaded(new StoreState(), TermIndex.INITIAL_VALUE);
  }

  /** Ratis sends the file with its MD5 to a peer that fell behind; a crash can lose that file. */
  private static MD5Hash digest(Path file) throws IOException {
    MD5Hash computed = MD5FileUtil.computeMd5ForFile(file.toFile());
    if (!computed.equals(MD5FileUtil.readStoredMd5ForFile(file.toFile()))) {
      MD5FileUtil.saveMD5File(file.toFile(), computed);
    }
    return computed;
  }

  /** Size of the newest file, 0 without one. */
  long latestBytes() {
    SingleFileSnapshotInfo newest = latest;
    return newest == null ? 0 : newest.getFile().getFileSize();
  }

  @Override
  public SingleFileSnapshotInfo getLatestSnapshot() {
    return latest;
  }

  @Override
  public SingleFileSnapshotInfo loadLatestSnapshot() {
    return latest;
  }

  /**
   * Writes a state so that it survives a crash, and drops all but the newest two files.
   *
   * @return the index of the oldest file kept: the log before it is no longer needed
   */
  long write(StoreState state, TermIndex at) throws IOException {
    Path target = getSnapshotFile(at.getTerm(), at.getIndex()).toPath();
    Path temporary = getTmpSnapshotFile(at.getTerm(), at.getIndex()).toPath();
    try {
      writeAndForce(state, temporary);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    force(directory);
    latest = new SingleFileSnapshotInfo(new FileInfo(target, digest(target)), at);
    List<Path> files = files();
    for (Path old : files.subList(Math.min(KEPT, files.size()), files.size())) {
      Files.deleteIfExists(old);
      Files.deleteIfExists(MD5FileUtil.getDigestFileForFile(old.toFile()).toPath());
    }
    // With one file there is nothing to fall back to but the log from its start.
    return files.size() < KEPT ? 0 : indexOf(files.get(KEPT - 1));
  }

  private static void writeAndForce(StoreState state, Path file) throws IOException {
    try (FileOutputStream raw = new FileOutputStream(file.toFile())) {
      CheckedOutputStream checked =
          new CheckedOutputStream(new BufferedOutputStream(raw, 1 << 16), new CRC32C());
      DataOutputStream out = new DataOutputStream(checked);
      out.writeInt(MAGIC);
      out.writeInt(VERSION);
      state.writeTo(out);
      out.writeLong(checked.getChecksum().getValue());
      out.flush();
      raw.getFD().sync();
    }
  }

  static StoreState read(Path file) throws IOException {
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      CheckedInputStream checked = new CheckedInputStream(raw, new CRC32C());
      DataInputStream in = new DataInputStream(checked);
      if (in.readInt() != MAGIC) {
        throw new IOException("not a snapshot of the store");
      }
      int version = in.readInt();
      if (version != VERSION) {
        throw new IOException("version %d, expected %d".formatted(version, VERSION));
      }
      StoreState state = StoreState.readFrom(in);
      long expected = checked.getChecksum().getValue();
      if (in.readLong() != expected || in.read() >= 0) {
        throw new IOException("wrong checksum or length");
      }
      return state;
    }
  }

  private List<Path> files() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(file -> SNAPSHOT_REGEX.matcher(file.getFileName().toString()).matches())
          .sorted(NEWEST_FIRST)
          .toList();
    }
  }

  private static long indexOf(Path file) {
    return getTermIndexFromSnapshotFile(file.toFile()).getIndex();
  }

  private static Path corrupt(Path file) {
    return file.resolveSibling(file.getFileName() + ".corrupt");
  }

  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
