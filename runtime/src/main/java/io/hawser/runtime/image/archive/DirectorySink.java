package io.hawser.runtime.image.archive;

import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.store.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Files into a directory, each complete when it appears; {@code index.json} comes last. */
final class DirectorySink implements ArchiveSink {
  private final Path root;

  DirectorySink(Path root) throws IOException {
    this.root = Files.createDirectories(root).toAbsolutePath();
  }

  @Override
  public void file(String name, long size, InputStream content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Path temporary = file.resolveSibling(".tmp-" + UUID.randomUUID());
    try {
      Files.copy(content, temporary);
      if (Files.size(temporary) != size) {
        throw new IOException(file + " got " + Files.size(temporary) + " of " + size + " bytes");
      }
      if (name.equals("index.json")) {
        sync();
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private void sync() throws IOException {
    try (Dir dir = Dir.open(root)) {
      dir.syncFileSystem();
    }
  }

  @Override
  public void complete() throws IOException {
    sync();
    DurableFiles.syncDirectory(root);
  }

  @Override
  public void close() {}
}
