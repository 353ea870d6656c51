package io.hawser.runtime;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a rootless node can, told line by line; {@link RootlessTest} starts it as an ordinary user.
 * Arguments: a directory, and {@code stay} to wait for its end after the start, {@code limited} to
 * do so with limits.
 */
final class RootlessProgram {
  private RootlessProgram() {}

  public static void main(String[] args) throws Exception {
    Path base = Path.of(args[0]);
    RuntimeConfig config =
        new RuntimeConfig(
            "rootless-" + ProcessHandle.current().pid(),
            base.resolve("node"),
            base.resolve("images"),
            "10.232.9.0/24",
            Duration.ofMillis(500));
    TestNode.importBusybox(config.imageDir());
    ContainerRuntime runtime = ContainerRuntime.open(config);
    runtime.createSandbox(new SandboxSpec("pod", "pod", false));
    if (args.length > 1) {
      ContainerSpec.Limits limits = new ContainerSpec.Limits(500, 500, 64 << 20, 32);
      ContainerSpec sleeper = TestNode.spec("pod", "stays", "sleep", "1000");
      Container stays =
          runtime.start(args[1].equals("limited") ? TestNode.with(sleeper, limits) : sleeper);
      System.out.println("pid " + stays.pid());
      Thread.sleep(Long.MAX_VALUE);
    }
    try {
      life(runtime);
      refused(runtime);
    } finally {
      runtime.purge();
    }
    System.out.println("done");
  }

  private static void life(ContainerRuntime runtime) throws Exception {
    String script =
        "trap 'echo told; exit 4' TERM; echo ready $(id -u) $(hostname); ls /sys/class/net;"
            + " echo x >/dev/null && echo device; touch /made && echo wrote;"
            + " head -c 3 /dev/zero | wc -c; while :; do sleep 0.1; done";
    Container container = runtime.start(TestNode.spec("pod", "main", "sh", "-c", script));
    try (ExecSession session =
        container.exec(new ExecSpec(List.of("sh", "-c", "cat; exit 6"), true, false))) {
      session.stdin().write("typed\n".getBytes(StandardCharsets.UTF_8));
      session.stdin().close();
      System.out.print(new String(session.stdout().readAllBytes(), StandardCharsets.UTF_8));
      System.out.println("exec " + session.exit().toCompletableFuture().get().code());
    }
    // 60 s: a test that waits for its end would wait for ever.
    for (int i = 0; i < 3000 && !TestNode.log(container).contains("wrote"); i++) {
      Thread.sleep(20);
    }
    int code =
        container
            .stop(Duration.ofSeconds(30))
            .toCompletableFuture()
            .get(60, TimeUnit.SECONDS)
            .code();
    System.out.println("stopped " + code);
    System.out.print(TestNode.log(container));
  }

  private static void refused(ContainerRuntime runtime) {
    ContainerSpec spec = TestNode.spec("pod", "other", "true");
    ContainerSpec.Security web =
        new ContainerSpec.Security(
            java.util.Optional.of(70_000L),
            java.util.Optional.empty(),
            false,
            false,
            List.of(),
            List.of());
    try {
      runtime.start(TestNode.with(spec, web));
      System.out.println("not refused");
    } catch (RuntimeFault e) {
      System.out.println("refused " + e.getMessage());
    }
  }
}
