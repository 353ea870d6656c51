package io.hawser.runtime.image.archive;

import io.hawser.runtime.image.store.DurableFiles;
import io.hawser.runtime.image.tar.TarEntry;
import io.hawser.runtime.image.tar.TarWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;

/** Files into a tar, which appears under its name when it is complete. */
final class TarSink implements ArchiveSink {
  private static final int BUFFER_BYTES = 128 << 10;

  private final Path target;
  private final Path temporary;
  private final FileChannel file;
  private final OutputStream out;
  private final TarWriter tar;
  private final Set<String> directories = new LinkedHashSet<>();

  TarSink(Path target) throws IOException {
    this.target = target.toAbsolutePath();
    this.temporary = this.target.resolveSibling(".tmp-" + UUID.randomUUID());
    this.file =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    this.out = new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_BYTES);
    this.tar = new TarWriter(out);
  }

  @Override
  public void file(String name, long size, InputStream content) throws IOException {
    for (int slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
      String directory = name.substring(0, slash);
      if (directories.add(directory)) {
        tar.write(TarEntry.of(directory, TarEntry.DIRECTORY, 0755), content);
      }
    }
    tar.write(TarEntry.of(name, TarEntry.FILE, 0644).withSize(size), content);
  }

  @Override
  public void complete() throws IOException {
    tar.close();
    out.flush();
    file.force(true);
    DurableFiles.move(temporary, target);
  }

  @Override
  public void close() throws IOException {
    file.close();
    Files.deleteIfExists(temporary);
  }
}
