package io.hawser.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Docker Swarm with its default settings: three managers, each a Docker daemon of its own in a
 * network namespace of its own. Its leader leads the store and schedules.
 */
final class SwarmFailover implements FailoverTarget {
  private static final Path DAEMON = Path.of("/usr/sbin/dockerd");
  private static final Path CLIENT = Path.of("/usr/bin/docker");
  private static final Duration QUICK = Duration.ofSeconds(40);
  private static final List<String> NAMES = List.of("s1", "s2", "s3");
  private static final String IMAGE = "web:1";

  private final Path dir = Files.createTempDirectory("hawser-swarm-");
  private final Cables cables = new Cables("s", NAMES);
  private final Map<String, Process> daemons = new LinkedHashMap<>();
  private final Map<String, String> ids = new LinkedHashMap<>();
  private boolean closed;

  SwarmFailover() throws IOException {}

  static boolean isInstalled() {
    return Files.isExecutable(DAEMON) && Files.isExecutable(CLIENT);
  }

  @Override
  public void up() throws IOException {
    cables.plugIn();
    Path root = Files.createDirectories(dir.resolve("root/bin"));
    Files.copy(Path.of("/bin/busybox"), root.resolve("busybox"));
    Path archive = dir.resolve("root.tar");
    Shell.run(QUICK, "tar", "-C", dir.resolve("root").toString(), "-cf", archive.toString(), ".")
        .ok();
    for (String name : NAMES) {
      put(name);
    }
    String entry = "ENTRYPOINT [\"/bin/busybox\",\"sleep\",\"1000000\"]";
    for (String name : NAMES) {
      FailoverTarget.until("the daemon " + name, () -> docker(name, "version").code() == 0);
      docker(name, "import", "-c", entry, archive.toString(), IMAGE).ok();
    }
    join();
    docker(
            "s1",
            "service create --name web --network host --no-resolve-image --detach --replicas "
                + PODS,
            "--stop-signal",
            "SIGKILL",
            "--update-parallelism",
            "0",
            IMAGE)
        .ok();
    FailoverTarget.until("the service", this::isSpread);
  }

  private void join() {
    docker("s1", "swarm init --advertise-addr " + cables.address("s1")).ok();
    String token = docker("s1", "swarm join-token -q manager").ok().out().trim();
    for (String name : NAMES.subList(1, NAMES.size())) {
      docker(
              name,
              "swarm join --advertise-addr " + cables.address(name),
              "--token",
              token,
              cables.address("s1") + ":2377")
          .ok();
    }
    for (String name : NAMES) {
      ids.put(name, docker(name, "info --format {{.Swarm.NodeID}}").ok().out().trim());
    }
  }

  private synchronized void put(String name) throws IOException {
    if (closed) {
      throw new IOException("closed while it came up");
    }
    daemons.put(name, start(name));
  }

  private Process start(String name) throws IOException {
    Path own = Files.createDirectories(dir.resolve(name));
    List<String> command = new ArrayList<>(cables.enter(name));
    command.add(DAEMON.toString());
    command.addAll(List.of("--host", "unix://" + own.resolve("socket")));
    command.addAll(List.of("--data-root", own.resolve("data").toString()));
    command.addAll(List.of("--exec-root", own.resolve("exec").toString()));
    command.addAll(List.of("--pidfile", own.resolve("pid").toString()));
    command.addAll(List.of("--cgroup-parent", "/" + dir.getFileName()));
    command.addAll(List.of("--storage-driver", "vfs", "--bridge", "none"));
    command.addAll(List.of("--iptables=false", "--ip-forward=false"));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(own.resolve("log").toFile()))
        .start();
  }

  /** The leader is both; no other manager is the scheduler or leads the store. */
  @Override
  public Optional<String> victim(Role role) {
    return switch (role) {
      case WORKER -> NAMES.stream().filter(name -> !isLeader(name)).findFirst();
      case BOTH -> NAMES.stream().filter(this::isLeader).findFirst();
      case SCHEDULER, LEADER -> Optional.empty();
    };
  }

  private boolean isLeader(String name) {
    return docker(name, "node inspect self --format {{.ManagerStatus.Leader}}")
        .out()
        .trim()
        .equals("true");
  }

  @Override
  public void fail(Fault fault, String victim) {
    switch (fault) {
      case KILL -> signal(victim, "KILL");
      case FREEZE -> signal(victim, "STOP");
      case CUT -> cables.cut(victim);
    }
  }

  @Override
  public void heal(Fault fault, String victim) throws IOException, InterruptedException {
    switch (fault) {
      case KILL -> {
        daemons.get(victim).waitFor();
        Files.deleteIfExists(dir.resolve(victim).resolve("pid"));
        put(victim);
      }
      case FREEZE -> signal(victim, "CONT");
      case CUT -> cables.heal(victim);
    }
  }

  private void signal(String name, String signal) {
    Shell.run(QUICK, "kill", "-" + signal, Long.toString(daemons.get(name).pid())).ok();
  }

  @Override
  public boolean isLost(String victim) {
    return docker(other(victim), "node inspect --format {{.Status.State}}", ids.get(victim))
        .ok()
        .out()
        .trim()
        .equals("down");
  }

  @Override
  public boolean isWholeWithout(String victim) {
    return runningOn(other(victim)).stream().filter(id -> !id.equals(ids.get(victim))).count()
        == PODS;
  }

  private static String other(String victim) {
    return NAMES.get((NAMES.indexOf(victim) + 1) % NAMES.size());
  }

  /** The node of each task that runs and should, as this manager knows it. */
  private List<String> runningOn(String asked) {
    String wanted = docker(asked, "service ps -q --filter desired-state=running web").ok().out();
    List<String> arguments =
        new ArrayList<>(List.of("inspect --format {{.NodeID}}/{{.Status.State}}"));
    wanted.lines().forEach(arguments::add);
    return docker(asked, arguments.toArray(String[]::new))
        .ok()
        .out()
        .lines()
        .filter(line -> line.endsWith("/running"))
        .map(line -> line.substring(0, line.indexOf('/')))
        .toList();
  }

  @Override
  public void awaitSpread() {
    FailoverTarget.until("all managers", () -> NAMES.stream().allMatch(this::isBack));
    // As Swarm itself moves nothing back.
    FailoverTarget.until(
        "an update", () -> docker("s1", "service update --force --detach web").code() == 0);
    FailoverTarget.until("tasks on every node", this::isSpread);
  }

  private boolean isBack(String name) {
    String state = "node inspect --format {{.Status.State}}/{{.ManagerStatus.Reachability}}";
    return NAMES.stream()
        .allMatch(
            asked ->
                docker(asked, state, ids.get(name)).ok().out().trim().equals("ready/reachable"));
  }

  private boolean isSpread() {
    return NAMES.stream()
        .map(this::runningOn)
        .allMatch(on -> on.size() == PODS && on.containsAll(ids.values()));
  }

  /** Nothing to deal: both roles that it has can always be had. */
  @Override
  public void shuffle() {}

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    for (String name : daemons.keySet()) {
      signalQuietly(daemons.get(name), "-CONT");
      cables.heal(name);
      // Ends its tasks, too.
      docker(name, "swarm leave --force");
    }
    daemons.values().forEach(Process::destroy);
    for (Process daemon : daemons.values()) {
      awaitEnd(daemon);
    }
    endWhatIsLeft();
    cables.close();
    unmount();
    Shell.run(QUICK, "rm", "-rf", "--one-file-system", dir.toString()).ok();
    removeCgroups();
  }

  private static void awaitEnd(Process daemon) {
    try {
      if (!daemon.waitFor(QUICK.toSeconds(), TimeUnit.SECONDS)) {
        daemon.destroyForcibly();
      }
    } catch (InterruptedException e) {
      daemon.destroyForcibly();
    }
  }

  private static void signalQuietly(Process process, String signal) {
    Shell.run(QUICK, "kill", signal, Long.toString(process.pid()));
  }

  /** A daemon that was killed leaves its tasks; they are in our cgroups, their parents name us. */
  private void endWhatIsLeft() {
    ProcessHandle.allProcesses()
        .filter(
            p ->
                String.join(" ", Leftovers.commandLine(p.pid())).contains(dir.toString())
                    || Leftovers.cgroups(p.pid()).contains("/" + dir.getFileName() + "/"))
        .forEach(ProcessHandle::destroyForcibly);
  }

  private void unmount() throws IOException {
    Files.readAllLines(Path.of("/proc/self/mounts")).stream()
        .map(line -> line.split(" ")[1])
        .filter(mount -> mount.startsWith(dir + "/"))
        .sorted(Comparator.reverseOrder())
        .forEach(mount -> Shell.run(QUICK, "umount", mount));
  }

  private void removeCgroups() throws IOException {
    try (Stream<Path> hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
      for (Path own : hierarchies.map(h -> h.resolve(dir.getFileName())).toList()) {
        if (Files.isDirectory(own)) {
          try (Stream<Path> all = Files.walk(own)) {
            all.filter(Files::isDirectory)
                .sorted(Comparator.reverseOrder())
                .forEach(cgroup -> cgroup.toFile().delete());
          }
        }
      }
    }
  }

  /**
   * @param arguments the first is split at its spaces
   */
  private Shell.Outcome docker(String name, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(CLIENT.toString());
    command.addAll(List.of("--host", "unix://" + dir.resolve(name).resolve("socket")));
    command.addAll(List.of(arguments[0].split(" ")));
    command.addAll(Arrays.asList(arguments).subList(1, arguments.length));
    return Shell.run(QUICK, command);
  }
}
