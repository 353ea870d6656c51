package io.hawser.persistence;

/** One thing that a process did to its disk, or said, in the order in which it did them. */
sealed interface DiskStep {
  record Create(String path, boolean truncate) implements DiskStep {}

  record Write(String path, long offset, byte[] bytes) implements DiskStep {
    @Override
    public String toString() {
      return "Write[%s, %d bytes at %d]".formatted(path, bytes.length, offset);
    }
  }

  record Truncate(String path, long length) implements DiskStep {}

  record Flush(String path) implements DiskStep {}

  record Rename(String from, String to) implements DiskStep {}

  record Delete(String path) implements DiskStep {}

  record MakeDirectory(String path) implements DiskStep {}

  /** Written to standard output: what the outside world knows from here on. */
  record Say(String text) implements DiskStep {}
}
