package io.hawser.runtime.image.registry;

import io.hawser.runtime.image.Digest;

/** Hears how a pull or push goes on; called from several threads, and should return at once. */
public interface TransferProgress {
  TransferProgress SILENT = (blob, stage, bytes, ofBytes) -> {};

  /** What is happening to a blob. */
  enum Stage {
    /** It is where it should be already. */
    PRESENT,
    MOVING,
    MOVED,
    /** A layer is ready for containers. */
    UNPACKED
  }

  /**
   * @param bytes moved so far
   * @param ofBytes its size
   */
  void at(Digest blob, Stage stage, long bytes, long ofBytes);
}
