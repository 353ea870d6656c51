package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.Terminal;
import io.hawser.runtime.cgroup.BundleCgroup;
import io.hawser.runtime.kernel.DescriptorPassing;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.launch.ExecPlan;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.launch.PendingLaunch;
import io.hawser.runtime.launch.ProcessSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** {@code exec}: another process in a running container. */
final class OciExec {
  private static final int SIGNAL_BASE = 128;

  private final OciContainers containers;

  OciExec(OciContainers containers) {
    this.containers = containers;
  }

  /**
   * Starts it and, unless detached, waits for its end.
   *
   * @return its exit code; 0 when detached
   */
  int run(OciState state, JsonNode process, Arguments options) {
    String status = containers.status(state);
    if (!status.equals("running") && !status.equals("created")) {
      throw new OciFault("cannot exec in a container that is " + status);
    }
    if (!containers.config(state).hasOwnMounts()) {
      throw new OciFault(
          "exec: needs a container with a mount namespace: this one's root is a chroot");
    }
    Kernel kernel = containers.kernel();
    int target = containers.pidfd(state);
    try {
      int pidfd = start(state, process, target, options);
      return options.has("--detach") ? 0 : await(kernel, pidfd);
    } finally {
      kernel.close(target);
    }
  }

  private int start(OciState state, JsonNode process, int target, Arguments options) {
    Kernel kernel = containers.kernel();
    Optional<Terminal> terminal =
        process.path("terminal").asBoolean()
            ? Optional.of(Terminal.open(kernel, state.pid()))
            : Optional.empty();
    try {
      List<Path> join = containers.cgroup(state).map(BundleCgroup::joinFiles).orElse(List.of());
      ProcessSpec spec = containers.config(state).process(process);
      OptionalInt number =
          terminal.map(t -> OptionalInt.of(t.number())).orElse(OptionalInt.empty());
      LaunchPlan plan = ExecPlan.of(join, spec, number, kernel.arch());
      Launcher.PidNamespace namespace = new Launcher.PidNamespace.Of(target);
      PendingLaunch pending =
          containers.launcher().prepare(plan, namespace, Map.of(0, 0, 1, 1, 2, 2));
      int pidfd = pending.go();
      options
          .value("--pid-file")
          .ifPresent(file -> OciCreation.writePid(Path.of(file), pending.pid()));
      terminal.ifPresent(t -> send(t, process, options));
      return pidfd;
    } finally {
      terminal.ifPresent(t -> kernel.close(t.master()));
    }
  }

  private void send(Terminal terminal, JsonNode process, Arguments options) {
    JsonNode size = process.path("consoleSize");
    if (size.path("width").asInt() > 0) {
      Terminal.resize(
          containers.kernel(),
          terminal.master(),
          size.path("width").asInt(),
          size.path("height").asInt());
    }
    String socket =
        options
            .value("--console-socket")
            .orElseThrow(() -> new OciFault("a terminal needs --console-socket"));
    DescriptorPassing.send(socket, terminal.master(), "/dev/ptmx");
  }

  static int await(Kernel kernel, int pidfd) {
    while (kernel.poll(pidfd, Flags.POLLIN, -1) == 0) {
      Thread.onSpinWait(); // interrupted by a signal
    }
    Optional<Kernel.ProcessEnd> end = kernel.reap(pidfd);
    return end.map(e -> e.signal() > 0 ? SIGNAL_BASE + e.signal() : e.code()).orElse(255);
  }

  /** The bundle's process with what the command line changes of it. */
  JsonNode process(OciState state, Arguments options) {
    Optional<String> file = options.value("--process");
    if (file.isPresent()) {
      try {
        return OciConfig.JSON.readTree(Files.readAllBytes(Path.of(file.get())));
      } catch (IOException e) {
        throw new OciFault("process " + file.get() + ": " + e.getMessage(), e);
      }
    }
    ObjectNode process = containers.config(state).processNode().deepCopy();
    ArrayNode arguments = process.putArray("args");
    options.rest(1).forEach(arguments::add);
    process.put("terminal", options.has("--tty"));
    options.value("--cwd").ifPresent(cwd -> process.put("cwd", cwd));
    ArrayNode environment = process.withArray("env");
    options.values("--env").forEach(environment::add);
    options.value("--user").ifPresent(user -> setUser(process, user));
    return process;
  }

  private static void setUser(ObjectNode process, String user) {
    if (!user.matches("\\d+(:\\d+)?")) {
      throw new OciFault("--user: expected UID or UID:GID, got \"" + user + "\"");
    }
    String[] ids = user.split(":");
    ObjectNode node = process.putObject("user");
    node.put("uid", Long.parseLong(ids[0]));
    node.put("gid", ids.length > 1 ? Long.parseLong(ids[1]) : 0);
  }
}
