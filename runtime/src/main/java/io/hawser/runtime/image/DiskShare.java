package io.hawser.runtime.image;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How full the file system of a directory is. */
public final class DiskShare {
  private static final Logger LOG = LoggerFactory.getLogger(DiskShare.class);

  private final Path directory;

  public DiskShare(Path directory) {
    this.directory = directory;
  }

  /**
   * From 0 to 1, as df(1) counts: what is kept back for root is neither used nor free. A disk that
   * can't be measured counts as empty, so that nothing is collected by mistake.
   */
  public double used() {
    try {
      FileStore disk = Files.getFileStore(directory);
      double used = disk.getTotalSpace() - disk.getUnallocatedSpace();
      return used / (used + disk.getUsableSpace());
    } catch (IOException e) {
      LOG.warn("the disk of {} can't be measured: {}", directory, e.toString());
      return 0;
    }
  }
}
