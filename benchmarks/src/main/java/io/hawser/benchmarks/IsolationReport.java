package io.hawser.benchmarks;

import io.hawser.runtime.Container;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.ContainerSpec;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.RuntimeConfig;
import io.hawser.runtime.SandboxSpec;
import io.hawser.runtime.files.TreeRemoval;
import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.log.LogReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Runs one probe program in a container of Hawser, with users of its own and with the machine's,
 * and in one of Docker where it is installed, and writes docs/isolation.md. Needs root,
 * busybox-static and binutils, on amd64.
 */
public final class IsolationReport {
  private static final String IMAGE = "probe:1";
  private static final int TIMEOUT_SECONDS = 120;

  private IsolationReport() {}

  /**
   * @param arguments the file to write, then Docker's command, if it is to be asked
   */
  public static void main(String[] arguments) throws Exception {
    Path dir = Files.createTempDirectory("hawser-isolation");
    try {
      Path root = rootfs(dir);
      Map<String, List<String>> columns = new LinkedHashMap<>();
      String name = "isolation-" + ProcessHandle.current().pid();
      RuntimeConfig config =
          new RuntimeConfig(
              name,
              dir.resolve("node"),
              dir.resolve("images"),
              "10.230." + ProcessHandle.current().pid() % 250 + ".0/24",
              Duration.ofSeconds(5));
      ContainerRuntime runtime = ContainerRuntime.open(config);
      try {
        runtime.images().importDirectory(IMAGE, root, nothing());
        columns.put("Hawser", hawser(runtime, "own", true));
        columns.put("Hawser, `hostUsers: true`", hawser(runtime, "machine", false));
      } finally {
        runtime.purge();
      }
      if (arguments.length > 1) {
        columns.put("Docker", docker(arguments[1], root));
      }
      Files.writeString(Path.of(arguments[0]), text(columns));
      System.out.println("written: " + arguments[0]);
    } finally {
      TreeRemoval.delete(dir);
    }
  }

  private static ImageStore.ImageConfig nothing() {
    return new ImageStore.ImageConfig(List.of(), List.of(), List.of(), "", "", "");
  }

  private static Path rootfs(Path dir) throws Exception {
    Path root = dir.resolve("rootfs");
    for (String folder : List.of("bin", "proc", "sys", "dev", "tmp", "etc")) {
      Files.createDirectories(root.resolve(folder));
    }
    Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
    root.resolve("bin/busybox").toFile().setExecutable(true, false);
    for (String applet : run(List.of("/bin/busybox", "--list")).split("\n")) {
      if (!applet.equals("busybox")) {
        Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
      }
    }
    copy("probe.sh", root.resolve("probe.sh"));
    copy("probe-amd64.S", dir.resolve("probe.S"));
    run(List.of("as", dir + "/probe.S", "-o", dir + "/probe.o"));
    run(List.of("ld", "-static", dir + "/probe.o", "-o", root + "/probe"));
    return root;
  }

  private static void copy(String resource, Path to) throws IOException {
    try (InputStream in = IsolationReport.class.getResourceAsStream(resource)) {
      Files.copy(in, to);
    }
  }

  private static List<String> hawser(ContainerRuntime runtime, String pod, boolean ownUsers)
      throws Exception {
    runtime.createSandbox(
        new SandboxSpec(
            pod,
            pod,
            false,
            new SandboxSpec.Sharing(ownUsers, false, SandboxSpec.Pids.CONTAINER, Map.of())));
    Container container =
        runtime.start(
            new ContainerSpec(
                pod + ".probe.0",
                pod,
                "probe",
                0,
                IMAGE,
                List.of("/bin/sh", "/probe.sh"),
                List.of(),
                Map.of(),
                Optional.empty(),
                ContainerSpec.Limits.NONE,
                new ContainerSpec.Security(
                    Optional.empty(), Optional.empty(), false, false, List.of(), List.of()),
                List.of(),
                false));
    container.exit().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    try (LogReader reader = LogReader.open(container.logFile(), LogReader.Options.whole())) {
      return new String(reader.stream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  private static List<String> docker(String command, Path root) throws Exception {
    List<String> docker = List.of(command.split(" "));
    run(List.of("sh", "-c", "tar -C " + root + " -c . | " + command + " import - " + IMAGE));
    try {
      List<String> call = new ArrayList<>(docker);
      call.addAll(List.of("run", "--rm", "--network=none", IMAGE, "/bin/sh", "/probe.sh"));
      return run(call).lines().toList();
    } finally {
      List<String> remove = new ArrayList<>(docker);
      remove.addAll(List.of("rmi", "-f", IMAGE));
      run(remove);
    }
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(command.get(0) + " failed: " + text);
    }
    return text;
  }

  private static String text(Map<String, List<String>> columns) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("# What a process inside can see and do\n\n")
        .append(
            "Written by `./dev isolation`: one probe (`benchmarks/…/probe.sh` and `probe-amd64.S`)")
        .append(" run as root in each\nkind of container, on Linux ")
        .append(System.getProperty("os.version"))
        .append(". *Hawser* is what a pod gets that asks for nothing: users of its own\n")
        .append("(docs/adr/0011). `hostUsers: true` takes the machine's. *Docker* is Debian's ")
        .append("docker.io with its defaults\nand no network. What older versions of it refuse ")
        .append("with ENOSYS or EPERM and newer ones allow (calls newer than\ntheir filter, ")
        .append("pkey_*, process_vm_*, name_to_handle_at) is allowed here; a personality is ")
        .append("judged by the 32 bits the\nkernel looks at; io_uring is refused here.\n");
    section(text, "Rights", "rights", columns);
    syscalls(text, columns);
    section(text, "Mounts", "mount", columns);
    section(text, "Devices", "device", columns);
    section(text, "/proc and /sys", "proc", columns);
    return text.toString();
  }

  /**
   * A line for each fact; the columns say whether it holds, or its last words where they differ.
   */
  private static void section(
      StringBuilder text, String title, String section, Map<String, List<String>> columns) {
    Set<String> facts = new LinkedHashSet<>();
    columns.values().forEach(lines -> facts.addAll(facts(lines, section)));
    text.append("\n## ").append(title).append("\n\n| |");
    columns.keySet().forEach(name -> text.append(' ').append(name).append(" |"));
    text.append("\n|---|").append("---|".repeat(columns.size())).append('\n');
    for (String fact : facts) {
      text.append("| ").append(fact.strip()).append(" |");
      for (List<String> lines : columns.values()) {
        text.append(facts(lines, section).contains(fact) ? " yes |" : " |");
      }
      text.append('\n');
    }
  }

  private static List<String> facts(List<String> lines, String section) {
    return lines.stream()
        .filter(line -> line.startsWith(section + "|"))
        .map(line -> line.substring(section.length() + 1))
        .toList();
  }

  private static void syscalls(StringBuilder text, Map<String, List<String>> columns) {
    TreeMap<Integer, String> names = new TreeMap<>();
    Arch.AMD64.syscalls().forEach(name -> names.put(Arch.AMD64.number(name), name));
    text.append("\n## System calls that are refused\n\n")
        .append("Each of ")
        .append(names.size())
        .append(" known calls was tried with senseless arguments. EPERM: a filter or a missing")
        .append(" right refused it;\nENOSYS: the filter says there is none; empty: it was let")
        .append(" through.\n\n| |");
    columns.keySet().forEach(name -> text.append(' ').append(name).append(" |"));
    text.append("\n|---|").append("---|".repeat(columns.size())).append('\n');
    names.forEach(
        (number, name) -> {
          List<String> answers =
              columns.values().stream().map(lines -> refusal(lines, number)).toList();
          if (answers.stream().anyMatch(answer -> !answer.isEmpty())) {
            text.append("| ").append(name).append(" | ");
            text.append(String.join(" | ", answers)).append(" |\n");
          }
        });
  }

  private static String refusal(List<String> lines, int number) {
    String prefix = "syscall|" + number + " ";
    return lines.stream()
        .filter(line -> line.startsWith(prefix))
        .map(line -> Integer.parseInt(line.substring(prefix.length())))
        .filter(e -> e == Errno.EPERM.number() || e == Errno.ENOSYS.number())
        .map(Errno::name)
        .findFirst()
        .orElse("");
  }
}
