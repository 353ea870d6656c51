package io.hawser.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;

/** Keeps two processes from running the same node; the kernel lets go of it when one dies. */
final class NodeLock implements AutoCloseable {
  private final FileChannel channel;

  private NodeLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * @throws IllegalStateException when another process holds it
   */
  static NodeLock acquire(NodeDirectory directory, String nodeName) {
    FileChannel channel = null;
    try {
      Files.createDirectories(directory.root());
      channel =
          FileChannel.open(directory.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new NodeLock(channel);
      }
    } catch (OverlappingFileLockException e) {
      close(channel);
      throw held(directory, nodeName);
    } catch (IOException e) {
      throw new UncheckedIOException("lock " + directory.lock() + ": " + e.getMessage(), e);
    }
    close(channel);
    throw held(directory, nodeName);
  }

  private static IllegalStateException held(NodeDirectory directory, String nodeName) {
    return new IllegalStateException(
        "node " + nodeName + " is run by another process already: it holds " + directory.lock());
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    close(channel);
  }
}
