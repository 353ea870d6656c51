package io.hawser.ops.local;

import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.runtime.machine.OwnNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;

/**
 * Which clusters share this machine. Each has a slot of its own, and from it its pod subnets, so
 * that a second cluster takes no addresses from the first. A slot is a file that names the
 * cluster's directory; it is free again once that directory holds no cluster.
 */
final class MachineSlots {
  /** Gone after a reboot, as the bridges and cgroups are. A rootless user has only their own. */
  static final Path DEFAULT =
      OwnNamespace.isRootless()
          ? Path.of(System.getenv().getOrDefault("HOME", "/tmp"), ".hawser", "slots")
          : Path.of("/run/hawser/slots");

  static final int MAX_SLOTS = 10;
  private static final int FIRST_SUBNET = 244;

  private final Path dir;

  MachineSlots(Path dir) {
    this.dir = dir;
  }

  static String podSubnet(int slot, int number) {
    return "10." + (FIRST_SUBNET + slot) + "." + number + ".0/24";
  }

  /** What may fail for the disk's sake. */
  interface Work<T> {
    T run() throws IOException;
  }

  /**
   * Does it while nobody else on this machine does the like: a slot whose cluster's file is not
   * written yet looks free, and a second command at the same moment would take it, too.
   */
  <T> T alone(Work<T> work) throws IOException {
    // Of two threads of one process the second would get an exception instead of waiting.
    synchronized (MachineSlots.class) {
      Files.createDirectories(dir);
      try (FileChannel channel =
              FileChannel.open(
                  dir.resolveSibling(dir.getFileName() + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        return work.run();
      }
    }
  }

  /** Takes the first free slot for a new cluster, {@link #alone}. */
  int claim(Path clusterDir) {
    for (int slot = 0; slot < MAX_SLOTS; slot++) {
      if (!subnetInUse(slot) && take(slot, clusterDir)) {
        return slot;
      }
    }
    throw new CommandFailure(
        "this machine has "
            + MAX_SLOTS
            + " clusters already (listed in "
            + dir
            + "): remove one with 'hawser down --delete-data'");
  }

  /**
   * Takes back the slot of a cluster that was made before, for after a reboot.
   *
   * @throws CommandFailure when another cluster has it meanwhile
   */
  void reclaim(int slot, Path clusterDir) {
    if (!take(slot, clusterDir)) {
      throw new CommandFailure(
          "the cluster in "
              + owner(slot)
              + " has the same pod subnets: remove it with 'hawser down"
              + " --delete-data --dir "
              + owner(slot)
              + "'");
    }
  }

  void release(int slot, Path clusterDir) {
    try {
      if (owner(slot).equals(clusterDir.toAbsolutePath().toString())) {
        Files.deleteIfExists(file(slot));
      }
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private boolean take(int slot, Path clusterDir) {
    String wanted = clusterDir.toAbsolutePath().toString();
    try {
      Files.createDirectories(dir);
      String owner = owner(slot);
      if (owner.equals(wanted)) {
        return true;
      }
      if (!owner.isEmpty() && Files.exists(Path.of(owner).resolve(ClusterFile.NAME))) {
        return false;
      }
      Files.deleteIfExists(file(slot));
      Files.write(
          file(slot), wanted.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE_NEW);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private String owner(int slot) {
    try {
      return Files.exists(file(slot)) ? Files.readString(file(slot)).strip() : "";
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private Path file(int slot) {
    return dir.resolve(Integer.toString(slot));
  }

  private CommandFailure unusable(IOException e) {
    return new CommandFailure(dir + " can't be used: " + ApiStatus.oneLine(e), e);
  }

  /** Whether something else has an address there, such as another orchestrator's bridge. */
  private static boolean subnetInUse(int slot) {
    String prefix = "10." + (FIRST_SUBNET + slot) + ".";
    try {
      for (NetworkInterface device : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        for (InetAddress address : Collections.list(device.getInetAddresses())) {
          if (address.getHostAddress().startsWith(prefix)) {
            return true;
          }
        }
      }
      return false;
    } catch (java.net.SocketException e) {
      return false;
    }
  }
}
