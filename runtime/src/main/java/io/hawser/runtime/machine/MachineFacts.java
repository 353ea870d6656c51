package io.hawser.runtime.machine;

import io.hawser.runtime.cgroup.CgroupLayout;
import io.hawser.runtime.network.PodNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Where {@link MachineCheck} looks: files by path, so that tests can describe other machines.
 *
 * @param text a file's text, or where a symbolic link leads to; empty when it is missing or not
 *     readable
 * @param isWritable whether this process may write a file or directory
 * @param cgroups empty when no cgroup file system is mounted
 * @param nftables asks it: empty when it answers, else why not. Asking loads libraries
 */
public record MachineFacts(
    Function<String, Optional<String>> text,
    Predicate<String> isWritable,
    Optional<CgroupLayout> cgroups,
    Supplier<Optional<String>> nftables) {

  /** This machine's. */
  public static MachineFacts read() {
    Optional<CgroupLayout> cgroups;
    try {
      cgroups = Optional.of(CgroupLayout.read());
    } catch (IllegalStateException e) {
      cgroups = Optional.empty();
    }
    return new MachineFacts(
        MachineFacts::readText,
        path -> Files.isWritable(Path.of(path)),
        cgroups,
        PodNetwork::firewallObstacle);
  }

  private static Optional<String> readText(String path) {
    try {
      Path file = Path.of(path);
      if (Files.isSymbolicLink(file)) {
        // A namespace's link, `pid:[4026531836]`: what it leads to can't be read.
        return Optional.of(Files.readSymbolicLink(file).toString());
      }
      return Optional.of(Files.isDirectory(file) ? "" : Files.readString(file).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
