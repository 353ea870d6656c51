package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.files.TreeRemoval;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A node of an ordinary user: a process with a user id that has no rights at all starts it. */
@Tag("kernel")
class RootlessTest {
  private static final String AFTER = "[ $code = 0 ] || sleep 20; exit $code";
  private static final int USER = 54_321;
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private Path base;

  @BeforeEach
  void makeHome() throws IOException {
    base = Files.createTempDirectory("hawser-user");
    Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path home = Files.createDirectory(base.resolve("home"));
    Files.setAttribute(home, "unix:uid", USER);
    Files.setAttribute(home, "unix:gid", USER);
    Child probe = asUser(List.of("true")).start();
    String said =
        new String(probe.process().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeTrue(probe.exitCode() == 0, "no user namespaces for users: " + said);
  }

  @AfterEach
  void remove() {
    TreeRemoval.delete(base);
  }

  /** A program in a user namespace of the user's own. */
  private Started asUser(List<String> command) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "/usr/bin/setpriv", "--reuid", "" + USER, "--regid", "" + USER, "--clear-groups"));
    all.addAll(List.of("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork"));
    // The first process outlives the agent for a while, as the one that a user's commands share.
    all.addAll(List.of("--mount-proc", "sh", "-c", "\"$@\"; code=$?; " + AFTER, "sh"));
    all.addAll(command);
    return new Started(all);
  }

  private record Started(List<String> command) {
    Child start() throws IOException {
      return new Child(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(new File("/dev/null"))
              .start());
    }
  }

  private record Child(Process process) {
    int exitCode() {
      try {
        return process.waitFor();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** The user can't read this build's own directories. */
  private String classPath() throws IOException {
    Path copies = Files.createDirectory(base.resolve("classes"));
    List<String> entries = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path from = Path.of(entry);
      Path to = copies.resolve(entries.size() + "-" + from.getFileName());
      if (Files.isDirectory(from)) {
        copy(from, to);
      } else if (Files.exists(from)) {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
      }
      entries.add(to.toString());
    }
    return String.join(File.pathSeparator, entries);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private Started program(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                RootlessProgram.class.getName(),
                base.resolve("home").toString()));
    command.addAll(List.of(arguments));
    return asUser(command);
  }

  @Test
  void itStartsExecsLogsStopsAndSaysWhatItLacks() throws IOException {
    Child child = program().start();
    String said =
        new String(child.process().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.exitCode()).as(said).isZero();
    assertThat(said.lines())
        .contains("typed", "exec 6", "stopped 4", "done")
        .anyMatch(line -> line.endsWith("ready 0 pod"))
        .anyMatch(line -> line.endsWith("told"))
        .anyMatch(line -> line.endsWith("device"))
        .anyMatch(line -> line.endsWith("wrote"))
        .anyMatch(line -> line.contains("user 70000 is not among the 1 ids of this rootless node"));
    assertThat(base.resolve("home/node/pods")).doesNotExist();
  }

  @Test
  void itsGuardKillsWhatItLeft() throws IOException {
    Child child = program("stay").start();
    awaitStart(child);
    ProcessHandle container = find(child, "sleep 1000");
    find(child, "RootlessProgram").destroyForcibly();
    await().atMost(DEADLINE).until(() -> !container.isAlive());
    assertThat(child.process().isAlive()).as("it was the guard").isTrue();
    end(child);
  }

  /** As a service manager delegates a cgroup, and as the script {@code hawser} goes into it. */
  @Test
  void inADelegatedCgroupItsLimitsAreEnforced() throws IOException {
    // Beside this program's own, which has processes and so no controllers for children.
    assumeTrue(Boolean.getBoolean("hawser.test.vm"), "only in a machine of its own");
    Path cgroup = Files.createDirectory(Path.of("/sys/fs/cgroup/system.slice/user.service"));
    Path agents = Files.createDirectory(cgroup.resolve("hawser-agent"));
    for (Path directory : List.of(cgroup, agents)) {
      for (String file : List.of("", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads")) {
        Files.setAttribute(directory.resolve(file), "unix:uid", USER);
      }
    }
    List<String> inside =
        new ArrayList<>(
            List.of("sh", "-c", "echo $$ >" + agents + "/cgroup.procs; exec \"$@\"", "sh"));
    inside.addAll(program("limited").command());
    Child child = new Started(inside).start();
    try {
      awaitStart(child);
      ProcessHandle container = find(child, "sleep 1000");
      Path own =
          Path.of(
              "/sys/fs/cgroup"
                  + Files.readString(Path.of("/proc/" + container.pid() + "/cgroup"))
                      .strip()
                      .replaceFirst("^0::", ""));
      assertThat(own).startsWith(cgroup.resolve("hawser"));
      assertThat(own.resolve("memory.max")).hasContent("" + (64 << 20));
      assertThat(own.resolve("pids.max")).hasContent("32");
      assertThat(own.resolve("cpu.max")).hasContent("50000 100000");
      find(child, "RootlessProgram").destroyForcibly();
      await().atMost(DEADLINE).until(() -> !container.isAlive());
    } finally {
      end(child);
    }
    await().atMost(DEADLINE).until(() -> isRemoved(cgroup));
  }

  private static boolean isRemoved(Path cgroup) throws IOException {
    try (Stream<Path> all = Files.walk(cgroup)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).filter(Files::isDirectory).toList()) {
        Files.delete(path);
      }
      return true;
    } catch (FileSystemException processesLeft) {
      return false;
    }
  }

  private static void awaitStart(Child child) throws IOException {
    var lines = child.process().inputReader();
    String line = lines.readLine();
    StringBuilder said = new StringBuilder();
    while (line != null && !line.startsWith("pid ")) {
      said.append(line).append('\n');
      line = lines.readLine();
    }
    assertThat(line).as(said.toString()).isNotNull();
  }

  private static void end(Child child) {
    child.process().descendants().forEach(ProcessHandle::destroyForcibly);
    child.process().destroyForcibly();
  }

  private static ProcessHandle find(Child child, String... words) {
    return child
        .process()
        .descendants()
        .filter(p -> Stream.of(words).anyMatch(commandLine(p)::contains))
        .reduce((first, second) -> second)
        .orElseThrow();
  }

  private static String commandLine(ProcessHandle process) {
    try {
      Path file = Path.of("/proc", "" + process.pid(), "cmdline");
      return Files.readString(file).replace('\0', ' ');
    } catch (IOException e) {
      return "";
    }
  }
}
