package io.hawser.runtime.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the answers from the world be routed to pods: the forwarding switch of the interface with
 * the machine's default route. What was switched on is noted below /run and switched off again when
 * the machine's last node is purged.
 */
final class Forwarding {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarding.class);
  private static final Path INTERFACES = Path.of("/proc/sys/net/ipv4/conf");

  private final Path notes;

  Forwarding(Path notes) {
    this.notes = notes;
  }

  /** Where the nodes of this machine keep their common note. */
  static Forwarding ofMachine() {
    return new Forwarding(Path.of("/run/hawser/forwarding"));
  }

  /** Switches on what is off. A machine that refuses leaves its pods without a way out. */
  void enable() {
    for (String name : defaultRouteInterfaces()) {
      Path file = INTERFACES.resolve(name).resolve("forwarding");
      try {
        if (Files.readString(file).strip().equals("0")) {
          Files.createDirectories(notes);
          Files.writeString(notes.resolve(name), "");
          Files.writeString(file, "1");
        }
      } catch (IOException e) {
        LOG.warn("{} can't be set: pods have no way out of the machine: {}", file, e.toString());
      }
    }
  }

  /** Undoes {@link #enable}, unless a bridge of another node is left. */
  void disableIfLast() {
    try (Stream<Path> links = Files.list(Path.of("/sys/class/net"))) {
      if (links.anyMatch(link -> link.getFileName().toString().startsWith("hws-"))) {
        return;
      }
    } catch (IOException e) {
      return;
    }
    String[] names = notes.toFile().list();
    for (String name : names == null ? new String[0] : names) {
      try {
        Files.writeString(INTERFACES.resolve(name).resolve("forwarding"), "0");
      } catch (IOException e) {
        LOG.info("{} is gone: {}", name, e.toString());
      }
      notes.resolve(name).toFile().delete();
    }
    notes.toFile().delete();
    notes.getParent().toFile().delete(); // if nothing else is in it
  }

  /** From {@code /proc/net/route}: destination and mask are zero. */
  private static List<String> defaultRouteInterfaces() {
    List<String> names = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/net/route"))) {
        String[] fields = line.split("\t");
        if (fields.length > 7 && fields[1].equals("00000000") && fields[7].equals("00000000")) {
          names.add(fields[0]);
        }
      }
    } catch (IOException e) {
      LOG.warn("/proc/net/route is not readable: {}", e.toString());
    }
    return names;
  }
}
