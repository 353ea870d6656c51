package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.launch.Launcher;
import io.hawser.runtime.launch.OciPlan;
import io.hawser.runtime.launch.PendingLaunch;
import io.hawser.runtime.launch.ProcessSpec;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs a bundle's hooks; the container's state is their standard input. */
final class OciHooks {
  /** For hooks that name none. */
  private static final int TIMEOUT_SECONDS = 300;

  static final List<String> KINDS =
      List.of(
          "prestart",
          "createRuntime",
          "createContainer",
          "startContainer",
          "poststart",
          "poststop");

  private final Kernel kernel;
  private final Launcher launcher;

  OciHooks(Kernel kernel, Launcher launcher) {
    this.kernel = kernel;
    this.launcher = launcher;
  }

  /**
   * @param hooks the bundle's, by kind
   * @throws OciFault naming the field of one that can't be run
   */
  static void check(JsonNode hooks) {
    for (String kind : KINDS) {
      for (JsonNode hook : hooks.path(kind)) {
        path(hook, kind);
        if (seconds(hook) <= 0) {
          throw new OciFault(
              "hooks." + kind + ": timeout: expected more than 0, got " + seconds(hook));
        }
      }
    }
  }

  /**
   * In the runtime's own namespaces.
   *
   * @param state the container's, as JSON
   * @throws OciFault when one fails; the later ones are not run then
   */
  void run(JsonNode hooks, String kind, byte[] state) {
    hooks.forEach(hook -> runOne(hook, kind, state));
  }

  /** The same for kinds whose failures are only told: all of them run. */
  void runAll(JsonNode hooks, String kind, byte[] state) {
    for (JsonNode hook : hooks) {
      try {
        runOne(hook, kind, state);
      } catch (OciFault e) {
        OciCommand.warn(e.getMessage());
      }
    }
  }

  private static void runOne(JsonNode hook, String kind, byte[] state) {
    String path = path(hook, kind);
    ProcessBuilder builder = new ProcessBuilder(arguments(hook, path));
    builder.command().set(0, path);
    builder.environment().clear();
    for (String entry : OciConfig.texts(hook.path("env"))) {
      int equals = entry.indexOf('=');
      builder.environment().put(entry.substring(0, equals), entry.substring(equals + 1));
    }
    try {
      builder.redirectErrorStream(true).redirectOutput(File.createTempFile("hook", ".out"));
      finish(builder.start(), builder.redirectOutput().file(), hook, kind, state);
    } catch (IOException e) {
      throw new OciFault(kind + " hook " + path + ": " + e.getMessage(), e);
    }
  }

  private static void finish(Process process, File output, JsonNode hook, String kind, byte[] state)
      throws IOException {
    String path = hook.path("path").asText();
    try {
      try (var stdin = process.getOutputStream()) {
        stdin.write(state);
      } catch (IOException e) {
        // It does not read its input.
      }
      if (!process.waitFor(seconds(hook), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new OciFault(kind + " hook " + path + " did not end within " + seconds(hook) + " s");
      }
      String text = java.nio.file.Files.readString(output.toPath(), StandardCharsets.ISO_8859_1);
      requireSuccess(kind, path, process.exitValue(), text);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OciFault("interrupted", e);
    } finally {
      output.delete();
    }
  }

  private static void requireSuccess(String kind, String path, int code, String output) {
    if (code != 0) {
      String text = output.strip();
      throw new OciFault(
          kind
              + " hook "
              + path
              + " exited with "
              + code
              + (text.isEmpty() ? "" : ": " + text.lines().reduce("", (a, b) -> b)));
    }
  }

  /** In the container's namespaces, before the pivot still with the machine's file system. */
  void runInside(
      JsonNode hooks,
      String kind,
      byte[] state,
      int containerPidfd,
      Launcher.PidNamespace namespace,
      ProcessSpec.OtherNamespaces others) {
    for (JsonNode hook : hooks) {
      String path = path(hook, kind);
      List<String> environment = OciConfig.texts(hook.path("env"));
      Kernel.Pipe stdin = kernel.pipe();
      int nothing = kernel.open(new Kernel.Open("/dev/null", Flags.O_RDWR, 0));
      int pidfd;
      try {
        PendingLaunch launch =
            launcher.prepare(
                OciPlan.hook(path, arguments(hook, path), environment, others),
                namespace,
                containerPidfd,
                Map.of(0, stdin.readEnd(), 1, nothing, 2, nothing));
        pidfd = launch.go();
      } finally {
        kernel.close(stdin.readEnd());
        kernel.close(nothing);
      }
      write(stdin.writeEnd(), state);
      requireSuccess(kind, path, await(pidfd, kind, path, seconds(hook)), "");
    }
  }

  private void write(int fd, byte[] state) {
    try {
      kernel.write(fd, ByteBuffer.allocateDirect(state.length).put(state).flip());
    } catch (io.hawser.runtime.kernel.KernelFault e) {
      // It does not read its input.
    } finally {
      kernel.close(fd);
    }
  }

  private int await(int pidfd, String kind, String path, int seconds) {
    try {
      if (kernel.poll(pidfd, Flags.POLLIN, seconds * 1000) == 0) {
        kernel.pidfdSignal(pidfd, Flags.SIGKILL);
        kernel.poll(pidfd, Flags.POLLIN, TIMEOUT_SECONDS * 1000);
        kernel.reap(pidfd);
        throw new OciFault(kind + " hook " + path + " did not end within " + seconds + " s");
      }
      Optional<Kernel.ProcessEnd> end = kernel.reap(pidfd);
      return end.map(e -> e.signal() > 0 ? 128 + e.signal() : e.code()).orElse(255);
    } finally {
      kernel.close(pidfd);
    }
  }

  private static String path(JsonNode hook, String kind) {
    String path = hook.path("path").asText("");
    if (!path.startsWith("/")) {
      throw new OciFault(kind + " hook: path: expected an absolute path, got \"" + path + "\"");
    }
    return path;
  }

  private static List<String> arguments(JsonNode hook, String path) {
    List<String> arguments = OciConfig.texts(hook.path("args"));
    return new java.util.ArrayList<>(arguments.isEmpty() ? List.of(path) : arguments);
  }

  private static int seconds(JsonNode hook) {
    return hook.path("timeout").asInt(TIMEOUT_SECONDS);
  }
}
