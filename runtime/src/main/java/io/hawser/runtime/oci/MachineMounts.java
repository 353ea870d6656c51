package io.hawser.runtime.oci;

import io.hawser.runtime.Mounts;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The mounts of a container without a mount namespace of its own: they are the machine's, all below
 * one bind of its root onto itself. Noted before they are made, so that they can be removed also
 * after a {@code create} that was killed.
 */
final class MachineMounts {
  private static final String NOTE = "mounts";

  private MachineMounts() {}

  /**
   * @param directory the container's state
   * @param rootfs what is mounted there now, an engine's, is left alone
   */
  static void note(Path directory, Path rootfs) throws IOException {
    Path place = rootfs.toRealPath();
    Files.writeString(directory.resolve(NOTE), Mounts.at(place) + " " + place);
  }

  /** Idempotent; nothing for a container that has a mount namespace. */
  static void remove(Kernel kernel, Path directory) {
    Path note = directory.resolve(NOTE);
    if (!Files.exists(note)) {
      return;
    }
    try {
      String[] fields = Files.readString(note).split(" ", 2);
      Path rootfs = Path.of(fields[1]);
      for (int more = Mounts.at(rootfs) - Integer.parseInt(fields[0]); more > 0; more--) {
        kernel.unmount(new Kernel.Unmount(rootfs.toString(), Flags.MNT_DETACH));
      }
      Files.delete(note);
    } catch (IOException e) {
      throw new UncheckedIOException("note of mounts " + note + ": " + e.getMessage(), e);
    }
  }
}
