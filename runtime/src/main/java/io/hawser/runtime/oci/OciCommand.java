package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.FaultText;
import io.hawser.runtime.Signals;
import io.hawser.runtime.kernel.KernelFault;
import io.hawser.runtime.kernel.LinuxKernel;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * {@code hawser oci}: a runtime command line as engines (podman, containerd's shim) and the OCI
 * specification's own validation call it. Options and exit codes are runc's where the specification
 * leaves them open.
 */
public final class OciCommand {
  private static final List<String> GLOBAL_VALUES =
      List.of("--root", "--log", "--log-format", "--rootless", "--cgroup-manager");
  private static final List<String> GLOBAL_FLAGS =
      List.of("--systemd-cgroup", "--debug", "--version", "--help");
  private static final int EXEC_FAILED = 255;
  private static final String DEFAULT_ROOT = "/run/hawser-oci";
  private static final String USAGE =
      """
      usage: hawser oci [--root DIR] [--log FILE] [--log-format text|json] COMMAND
        create --bundle DIR [--pid-file FILE] [--console-socket SOCKET] ID
        start ID
        state ID
        kill [--all] ID [SIGNAL]
        delete [--force] ID
        run --bundle DIR [--pid-file FILE] ID
        exec [--process FILE] [--detach] [--pid-file FILE] [--console-socket SOCKET] ID [COMMAND…]
        pause ID, resume ID
        update --resources FILE|- ID
        list [--format table|json] [--quiet], ps [--format table|json] ID
        features
      """;

  private final Arguments global;
  private final PrintStream out;

  private OciCommand(Arguments global, PrintStream out) {
    this.global = global;
    this.out = out;
  }

  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.out));
  }

  /**
   * @return the exit code: 0, 1 for an error, 255 for an {@code exec} that could not be, a process'
   *     own for {@code run} and {@code exec}
   */
  public static int run(List<String> words, PrintStream out) {
    Optional<Arguments> global = Optional.empty();
    try {
      global = Optional.of(Arguments.parse(words, GLOBAL_VALUES, GLOBAL_FLAGS, true));
      return new OciCommand(global.get(), out).dispatch();
    } catch (RuntimeException e) {
      String text = text(e);
      warn(text);
      global.flatMap(g -> g.value("--log")).ifPresent(log(global, text));
      return global.flatMap(g -> g.optional(0)).equals(Optional.of("exec")) ? EXEC_FAILED : 1;
    }
  }

  private static java.util.function.Consumer<String> log(Optional<Arguments> global, String text) {
    boolean json = global.flatMap(g -> g.value("--log-format")).orElse("text").equals("json");
    return file -> log(Path.of(file), json, text);
  }

  private static void log(Path file, boolean json, String text) {
    ObjectNode line = OciConfig.JSON.createObjectNode();
    line.put("level", "error");
    line.put("msg", text);
    line.put("time", Instant.now().toString());
    String plain = "time=\"" + Instant.now() + "\" level=error msg=\"" + text + "\"";
    try {
      Files.writeString(
          file,
          (json ? line.toString() : plain) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      warn("log " + file + ": " + e.getMessage());
    }
  }

  static void warn(String text) {
    System.err.println("hawser oci: " + text);
  }

  /** Engines look for the C library's words in a message to tell a missing program. */
  private static String text(RuntimeException e) {
    if (e instanceof KernelFault fault) {
      String words =
          switch (fault.errno()) {
            case 2 -> ": no such file or directory";
            case 13 -> ": permission denied";
            default -> "";
          };
      return FaultText.of(fault) + words;
    }
    return e instanceof OciFault
            || e instanceof UncheckedIOException
            || e instanceof IllegalArgumentException
        ? e.getMessage()
        : "an error inside the program: " + e;
  }

  private int dispatch() {
    if (global.has("--version")) {
      out.println("hawser oci version " + version() + "\nspec: 1.1.0");
      return 0;
    }
    Optional<String> command = global.optional(0);
    if (command.isEmpty() || global.has("--help") || command.get().equals("help")) {
      out.print(USAGE);
      return command.isEmpty() && !global.has("--help") ? 1 : 0;
    }
    List<String> rest = global.rest(1);
    return switch (command.get()) {
      case "create" -> create(rest);
      case "start", "state", "pause", "resume", "kill", "delete" -> one(command.get(), rest);
      case "run" -> runToEnd(rest);
      case "exec" -> exec(rest);
      case "update" -> update(rest);
      case "list" -> list(rest);
      case "ps" -> processes(rest);
      case "features" -> features();
      default -> throw new OciFault("unknown command " + command.get());
    };
  }

  private static String version() {
    String version = OciCommand.class.getPackage().getImplementationVersion();
    return version == null ? "0" : version;
  }

  private OciContainers containers() {
    if (global.has("--systemd-cgroup")) {
      throw new OciFault("--systemd-cgroup is not supported: use the cgroupfs manager");
    }
    Path root = Path.of(global.value("--root").orElse(DEFAULT_ROOT)).toAbsolutePath();
    return new OciContainers(new LinuxKernel(), root);
  }

  private OciCreation.Options options(Arguments arguments) {
    return new OciCreation.Options(
        arguments.value("--pid-file").map(Path::of),
        arguments.value("--console-socket"),
        !global.value("--cgroup-manager").equals(Optional.of("disabled")));
  }

  private static Arguments creating(List<String> rest) {
    Arguments arguments =
        Arguments.parse(
            rest,
            List.of("--bundle", "--pid-file", "--console-socket", "--preserve-fds"),
            List.of("--no-pivot", "--no-new-keyring", "--no-subreaper", "--keep", "--detach"),
            false);
    refuseDescriptors(arguments);
    return arguments;
  }

  /** Engines say 0 when they have none to hand on. */
  private static void refuseDescriptors(Arguments arguments) {
    String count = arguments.value("--preserve-fds").orElse("0");
    if (!count.equals("0")) {
      throw new OciFault("--preserve-fds " + count + ": handing on descriptors is not supported");
    }
  }

  private static Path bundle(Arguments arguments) {
    return Path.of(arguments.value("--bundle").orElse(".")).toAbsolutePath().normalize();
  }

  private int create(List<String> rest) {
    Arguments arguments = creating(rest);
    String id = arguments.operand(0, "the container's id");
    containers().create(id, bundle(arguments), options(arguments));
    return 0;
  }

  private int one(String command, List<String> rest) {
    Arguments arguments = Arguments.parse(rest, List.of(), List.of("--all", "--force"), false);
    String id = arguments.operand(0, "the container's id");
    OciContainers containers = containers();
    switch (command) {
      case "start" -> containers.start(id);
      case "pause" -> containers.pause(id);
      case "resume" -> containers.resume(id);
      case "kill" ->
          containers.kill(
              id, Signals.parse(arguments.optional(1).orElse("")), arguments.has("--all"));
      case "delete" -> containers.delete(id, arguments.has("--force"));
      default -> {
        OciState state = containers.require(id);
        out.println(state.json(containers.status(state)).toPrettyString());
      }
    }
    return 0;
  }

  private int runToEnd(List<String> rest) {
    Arguments arguments = creating(rest);
    String id = arguments.operand(0, "the container's id");
    OciContainers containers = containers();
    OciState state = containers.create(id, bundle(arguments), options(arguments));
    int pidfd = containers.pidfd(state);
    try {
      containers.start(id);
      return arguments.has("--detach") ? 0 : OciExec.await(containers.kernel(), pidfd);
    } catch (RuntimeException e) {
      containers.delete(id, true);
      throw e;
    } finally {
      containers.kernel().close(pidfd);
      if (!arguments.has("--detach") && !arguments.has("--keep")) {
        containers.delete(id, true);
      }
    }
  }

  private int exec(List<String> rest) {
    Arguments arguments =
        Arguments.parse(
            rest,
            List.of(
                "--process",
                "--pid-file",
                "--console-socket",
                "--cwd",
                "--env",
                "--user",
                "--preserve-fds"),
            List.of("--detach", "--tty"),
            true);
    refuseDescriptors(arguments);
    OciContainers containers = containers();
    OciState state = containers.require(arguments.operand(0, "the container's id"));
    OciExec exec = new OciExec(containers);
    return exec.run(state, exec.process(state, arguments), arguments);
  }

  private int update(List<String> rest) {
    Arguments arguments = Arguments.parse(rest, List.of("--resources"), List.of(), false);
    OciContainers containers = containers();
    OciState state = containers.require(arguments.operand(0, "the container's id"));
    String file =
        arguments
            .value("--resources")
            .orElseThrow(() -> new OciFault("update: --resources is missing"));
    try {
      byte[] text = file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
      JsonNode resources = OciConfig.JSON.readTree(text);
      var cgroup = containers.requireCgroup(state);
      cgroup.set(OciResources.settings(resources, cgroup.isUnified()));
      return 0;
    } catch (IOException e) {
      throw new OciFault("update: " + file + ": " + e.getMessage(), e);
    }
  }

  private int list(List<String> rest) {
    Arguments arguments = Arguments.parse(rest, List.of("--format"), List.of("--quiet"), false);
    OciContainers containers = containers();
    if (arguments.value("--format").equals(Optional.of("json"))) {
      ArrayNode all = OciConfig.JSON.createArrayNode();
      containers.all().forEach(s -> all.add(s.json(containers.status(s))));
      out.println(all);
      return 0;
    }
    if (!arguments.has("--quiet")) {
      out.printf("%-30s %-8s %-9s %s%n", "ID", "PID", "STATUS", "BUNDLE");
    }
    for (OciState state : containers.all()) {
      String status = containers.status(state);
      if (arguments.has("--quiet")) {
        out.println(state.id());
      } else {
        int pid = status.equals("stopped") ? 0 : state.pid();
        out.printf("%-30s %-8d %-9s %s%n", state.id(), pid, status, state.bundle());
      }
    }
    return 0;
  }

  private int processes(List<String> rest) {
    Arguments arguments = Arguments.parse(rest, List.of("--format"), List.of(), true);
    OciContainers containers = containers();
    OciState state = containers.require(arguments.operand(0, "the container's id"));
    List<Integer> pids = containers.requireCgroup(state).processes();
    if (arguments.value("--format").equals(Optional.of("json"))) {
      out.println(pids);
    } else {
      out.println("PID");
      pids.forEach(out::println);
    }
    return 0;
  }

  private int features() {
    out.println(OciFeatures.json().toPrettyString());
    return 0;
  }
}
