package io.hawser.runtime.image.archive;

import java.io.IOException;
import java.io.InputStream;

/** Where the files of an archive go. */
interface ArchiveSink extends AutoCloseable {
  void file(String name, long size, InputStream content) throws IOException;

  /** Makes everything durable and visible; without it nothing is left behind. */
  void complete() throws IOException;

  @Override
  void close() throws IOException;
}
