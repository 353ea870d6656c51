package io.hawser.runtime.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The pods' addresses of one node. Allocation goes round: a released address comes back only after
 * all others have been given out, so that late packets for a dead pod meet nobody.
 *
 * <p>Only the position is kept on disk; which addresses are taken is known from the sandboxes'
 * checkpoints ({@link #reserve}). A lost position costs nothing but the rotation.
 */
public final class AddressPool {
  private final Cidr subnet;
  private final Path positionFile;
  private final Map<String, String> byPod = new HashMap<>();
  private final Set<String> taken = new HashSet<>();
  private int position;

  public AddressPool(Cidr subnet, Path positionFile) {
    this.subnet = subnet;
    this.positionFile = positionFile;
    this.position = readPosition();
  }

  /**
   * @throws IllegalStateException when every address is taken
   */
  public synchronized String allocate(String podUid) {
    if (byPod.containsKey(podUid)) {
      return byPod.get(podUid);
    }
    for (int tried = 0; tried < subnet.podAddresses(); tried++) {
      position = (position + 1) % subnet.podAddresses();
      String address = subnet.address(position + 2); // after the network and the gateway
      if (!taken.contains(address)) {
        writePosition();
        reserve(podUid, address);
        return address;
      }
    }
    throw new IllegalStateException(
        "no free address: all " + subnet.podAddresses() + " of " + subnet + " are taken by pods");
  }

  /** Marks an address of a pod that was taken over. */
  public synchronized void reserve(String podUid, String address) {
    byPod.put(podUid, address);
    taken.add(address);
  }

  public synchronized void release(String podUid) {
    String address = byPod.remove(podUid);
    if (address != null) {
      taken.remove(address);
    }
  }

  private int readPosition() {
    try {
      int saved = Integer.parseInt(Files.readString(positionFile).strip());
      return Math.floorMod(saved, subnet.podAddresses());
    } catch (IOException | NumberFormatException e) {
      return -1;
    }
  }

  private void writePosition() {
    try {
      Path next = positionFile.resolveSibling(positionFile.getFileName() + ".new");
      Files.writeString(next, Integer.toString(position));
      Files.move(next, positionFile, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("write(" + positionFile + ") failed: " + e.getMessage(), e);
    }
  }
}
