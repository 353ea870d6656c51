package io.hawser.ops.local;

import io.hawser.runtime.machine.MachineCheck;
import io.hawser.runtime.machine.MachineFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What a machine must offer before nodes are started on it. */
public final class Requirements {
  private Requirements() {}

  public static boolean isRoot() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("Uid:"))
          .anyMatch(line -> line.split("\\s+")[2].equals("0"));
    } catch (IOException e) {
      return false;
    }
  }

  /** One sentence that says what is missing; empty when nodes can run here. */
  public static Optional<String> missing() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return Optional.of("nodes run on Linux only; on other systems use --server");
    }
    if (!isRoot()) {
      return Optional.of(
          "nodes need root, for namespaces, cgroups and bridges: run this command as root");
    }
    if (!Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      return Optional.of("setsid is missing: install the package util-linux");
    }
    return MachineCheck.missing(MachineFacts.read())
        .map(check -> check.subject() + ": " + check.finding() + "; " + check.advice());
  }
}
