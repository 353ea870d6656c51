package io.hawser.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Machines' network namespaces on one bridge, so that a cable can be pulled. All names carry this
 * process's id; nothing outside of them is touched.
 */
final class Cables implements AutoCloseable {
  private static final Duration QUICK = Duration.ofSeconds(20);
  private static final Pattern OURS = Pattern.compile("hwt(\\d+)([a-z]br|[a-z]\\d)");

  /** The last part of the first machine's address. */
  private static final int FIRST = 11;

  private final long id = ProcessHandle.current().pid();
  private final String tag;
  private final String net;
  private final List<String> names;

  /**
   * @param tag a letter, which no other cables of this process have
   * @param names of the machines: a letter and a digit
   */
  Cables(String tag, List<String> names) {
    this.tag = tag;
    // Of its own: two bridges with one subnet would take each other's packets.
    this.net = "10.%d.%d.".formatted(98 + (tag.charAt(0) - 'a') % 26, 1 + id % 250);
    this.names = names;
  }

  /** Whatever was made before a failure goes with {@link #close}. */
  void plugIn() {
    sweepDead();
    ip("link", "add", bridge(), "type", "bridge");
    ip("addr", "add", net + "1/24", "dev", bridge());
    ip("link", "set", bridge(), "up");
    names.forEach(this::plugIn);
  }

  private void plugIn(String name) {
    ip("netns", "add", namespace(name));
    ip(
        "link",
        "add",
        hostLink(name),
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        namespace(name));
    ip("link", "set", hostLink(name), "master", bridge(), "up");
    inside(name, "addr", "add", address(name) + "/24", "dev", "eth0");
    inside(name, "link", "set", "eth0", "up");
    inside(name, "link", "set", "lo", "up");
  }

  /** Runs what follows in the machine's network namespace, and with the host's mounts. */
  List<String> enter(String name) {
    return List.of("nsenter", "--net=/run/netns/" + namespace(name));
  }

  String address(String name) {
    return net + (FIRST + names.indexOf(name));
  }

  void cut(String name) {
    ip("link", "set", hostLink(name), "down");
  }

  void heal(String name) {
    ip("link", "set", hostLink(name), "up");
  }

  /** What one machine sends to another is lost; what comes back arrives, and so does all else. */
  void cutOneWay(String from, String to) {
    inside(from, "route", "add", "blackhole", address(to));
  }

  void healOneWay(String from, String to) {
    inside(from, "route", "del", "blackhole", address(to));
  }

  /** A share of the packets that this machine gets is lost, where the kernel has netem. */
  boolean lose(String name, int percent) {
    return Shell.run(
                QUICK,
                "tc",
                "qdisc",
                "add",
                "dev",
                hostLink(name),
                "root",
                "netem",
                "loss",
                percent + "%")
            .code()
        == 0;
  }

  void loseNothing(String name) {
    Shell.run(QUICK, "tc", "qdisc", "del", "dev", hostLink(name), "root");
  }

  @Override
  public void close() {
    for (String name : names) {
      Shell.run(QUICK, "ip", "netns", "del", namespace(name));
      Shell.run(QUICK, "ip", "link", "del", hostLink(name));
    }
    Shell.run(QUICK, "ip", "link", "del", bridge());
  }

  /** What a test run left that was killed: its links and namespaces carry its process's id. */
  private static void sweepDead() {
    for (Path directory : List.of(Path.of("/run/netns"), Path.of("/sys/class/net"))) {
      for (String name : entries(directory)) {
        Matcher ours = OURS.matcher(name);
        if (ours.matches() && ProcessHandle.of(Long.parseLong(ours.group(1))).isEmpty()) {
          Shell.run(QUICK, "ip", "netns", "del", name);
          Shell.run(QUICK, "ip", "link", "del", name);
        }
      }
    }
  }

  private static List<String> entries(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    } catch (IOException none) {
      return List.of();
    }
  }

  private String namespace(String name) {
    return "hwt" + id + name;
  }

  private String hostLink(String name) {
    return "hwt" + id + name;
  }

  private String bridge() {
    return "hwt" + id + tag + "br";
  }

  private static void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    Shell.run(QUICK, command).ok();
  }

  private void inside(String name, String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip", "-n", namespace(name)));
    command.addAll(List.of(arguments));
    Shell.run(QUICK, command).ok();
  }
}
