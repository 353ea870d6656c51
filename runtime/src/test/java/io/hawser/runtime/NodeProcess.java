package io.hawser.runtime;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A real JVM that runs a node and is killed by tests. Arguments: node name, state directory, image
 * directory, subnet, window in milliseconds, then a shell script for each container to start.
 */
final class NodeProcess {
  private static final String HANDLER = "node.handler";
  private static final String PROGRAM = "node.program";

  private NodeProcess() {}

  public static void main(String[] args) throws Exception {
    RuntimeConfig config =
        new RuntimeConfig(
            args[0],
            Path.of(args[1]),
            Path.of(args[2]),
            args[3],
            Duration.ofMillis(Long.parseLong(args[4])));
    Optional<String> handler = Optional.ofNullable(System.getProperty(HANDLER));
    if (handler.isPresent()) {
      config = config.with(Map.of(handler.get(), Path.of(System.getProperty(PROGRAM))));
    }
    ContainerRuntime runtime = ContainerRuntime.open(config);
    runtime.createSandbox(new SandboxSpec("pod", "pod", false).by(handler));
    for (int i = 5; i < args.length; i++) {
      Container container = runtime.start(TestNode.spec("pod", "c" + (i - 5), "sh", "-c", args[i]));
      System.out.println("started " + container.pid());
    }
    System.out.println("ready");
    Thread.sleep(Long.MAX_VALUE);
  }

  /** Starts one for this configuration and waits until its containers run. */
  static Process start(RuntimeConfig config, String... scripts) throws Exception {
    return start(config, Optional.empty(), scripts);
  }

  /** The same for a pod of another runtime, one of the configuration's. */
  static Process start(RuntimeConfig config, Optional<String> handler, String... scripts)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                handler.map(h -> "-D" + HANDLER + "=" + h).orElse("-Dnode.plain"),
                "-D" + PROGRAM + "=" + handler.map(config.runtimes()::get).orElse(Path.of("")),
                "-cp",
                System.getProperty("java.class.path"),
                NodeProcess.class.getName(),
                config.nodeName(),
                config.stateDir().toString(),
                config.imageDir().toString(),
                config.podSubnet(),
                Long.toString(config.restartWindow().toMillis())));
    command.addAll(List.of(scripts));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    var lines = process.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals("ready")) {
        return process;
      }
    }
    throw new AssertionError("the node's process ended early");
  }
}
