package io.hawser.runtime;

import io.hawser.runtime.files.TreeRemoval;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.build.RunStep;
import io.hawser.runtime.log.LogReader;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/**
 * Executes a build's RUN steps in containers of a runtime of its own, opened with the first of them
 * and removed by {@link #close}. What a killed build left is removed by the next one.
 */
public final class BuildContainers implements RunStep, AutoCloseable {
  private static final Duration RESTART_WINDOW = Duration.ofSeconds(1);
  private static final Digest NO_IMAGE = Digest.of(new byte[0]);
  private static final int SUBNETS = 250;
  private static final int NAME_LIMIT = 1 << 24;
  private static final List<String> STANDARD_FILES = List.of("hosts", "hostname", "resolv.conf");
  private static final List<String> MOUNT_POINTS = List.of("dev", "proc", "sys");

  private final Path imageDir;
  private LinuxContainerRuntime runtime;
  private Path directory;
  private int steps;

  /**
   * @param imageDir where the build's layers are
   */
  public BuildContainers(Path imageDir) {
    this.imageDir = imageDir.toAbsolutePath();
  }

  @Override
  public int run(Request request) {
    try {
      return runIn(opened(), request);
    } catch (IOException e) {
      throw ImageFault.of("RUN can't be executed", e);
    }
  }

  private LinuxContainerRuntime opened() throws IOException {
    if (runtime == null) {
      Path builds = Files.createDirectories(imageDir.resolve("builds"));
      removeDead(builds);
      String name = freeName();
      directory = builds.resolve(name);
      runtime = (LinuxContainerRuntime) ContainerRuntime.open(config(directory));
    }
    return runtime;
  }

  private RuntimeConfig config(Path home) {
    String name = home.getFileName().toString();
    return new RuntimeConfig(name, home, imageDir, subnet(name), RESTART_WINDOW);
  }

  private static String freeName() {
    SecureRandom random = new SecureRandom();
    String name;
    do {
      name = "build-%06x".formatted(random.nextInt(NAME_LIMIT));
    } while (isTaken(subnet(name)));
    return name;
  }

  private static String subnet(String name) {
    return "10.243." + Math.floorMod(name.hashCode(), SUBNETS) + ".0/24";
  }

  private static boolean isTaken(String subnet) {
    String prefix = subnet.substring(0, subnet.lastIndexOf('.') + 1);
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .anyMatch(address -> address.getHostAddress().startsWith(prefix));
    } catch (SocketException e) {
      return false;
    }
  }

  /** Builds that were killed; one that lives holds its directory's lock. */
  private void removeDead(Path builds) throws IOException {
    try (DirectoryStream<Path> homes = Files.newDirectoryStream(builds, "build-*")) {
      for (Path home : homes) {
        try (ContainerRuntime dead = ContainerRuntime.open(config(home))) {
          dead.purge();
          TreeRemoval.delete(home);
        } catch (IllegalStateException e) {
          // It runs.
        }
      }
    }
  }

  private int runIn(LinuxContainerRuntime containers, Request request) throws IOException {
    String pod = "run-" + ++steps;
    containers.createSandbox(new SandboxSpec(pod, "build", request.network().equals("host")));
    try {
      if (request.network().equals("none")) {
        containers.disconnect(pod);
      }
      List<ContainerSpec.VolumeMount> scripts = scripts(pod, request);
      Container container = containers.start(spec(pod, request, scripts), image(request));
      int code = await(container, request);
      Path upper = containers.upper(container);
      tidy(upper, request.layersTopFirst());
      Files.delete(request.upper());
      Files.move(upper, request.upper(), StandardCopyOption.ATOMIC_MOVE);
      return code;
    } finally {
      containers.removeSandbox(pod);
    }
  }

  private ImageStore.Image image(Request request) throws IOException {
    List<Path> layers = request.layersTopFirst();
    if (layers.isEmpty()) {
      layers = List.of(Files.createDirectories(directory.resolve("empty").resolve("fs")));
    }
    ImageStore.ImageConfig config =
        new ImageStore.ImageConfig(
            List.of(), List.of(), List.of(), request.workingDir(), request.user(), "");
    return new ImageStore.Image("build", NO_IMAGE.toString(), config, 0, layers);
  }

  private List<ContainerSpec.VolumeMount> scripts(String pod, Request request) throws IOException {
    if (request.script().isEmpty()) {
      return List.of();
    }
    Path scripts = Files.createDirectories(directory.resolve("scripts").resolve(pod));
    Path file = scripts.resolve(request.script().get().name());
    Files.writeString(file, request.script().get().content());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(scripts, PosixFilePermissions.fromString("rwxr-xr-x"));
    return List.of(new ContainerSpec.VolumeMount(scripts.toString(), SCRIPTS, true));
  }

  private static ContainerSpec spec(
      String pod, Request request, List<ContainerSpec.VolumeMount> mounts) {
    Map<String, String> env = new LinkedHashMap<>();
    for (String entry : request.env()) {
      int equals = entry.indexOf('=');
      env.put(entry.substring(0, equals), entry.substring(equals + 1));
    }
    return new ContainerSpec(
        pod + ".run.0",
        pod,
        "run",
        0,
        "build",
        request.command(),
        List.of(),
        env,
        Optional.of(request.workingDir()),
        new ContainerSpec.Limits(0, 0, 0, 0),
        // Package managers change users, and get rights by set-id programs.
        new ContainerSpec.Security(
            Optional.empty(), Optional.empty(), false, true, List.of(), List.of()),
        mounts,
        false);
  }

  private static int await(Container container, Request request) throws IOException {
    try (LogReader log = LogReader.open(container.logFile(), LogReader.Options.following())) {
      container.exit().whenComplete((exit, failure) -> log.containerEnded());
      for (Optional<byte[]> line = log.next(); line.isPresent(); line = log.next()) {
        request
            .output()
            .accept(new String(line.get(), StandardCharsets.UTF_8).replaceAll("\\R$", ""));
      }
      return container.exit().toCompletableFuture().get().code();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageFault(ImageFault.Kind.BAD_INPUT, "interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * Takes away what the runtime itself put there: the container's own name files, and directories
   * for mounts that the image lacks.
   */
  private static void tidy(Path upper, List<Path> layers) throws IOException {
    Path etc = upper.resolve("etc");
    for (String name : STANDARD_FILES) {
      Files.deleteIfExists(etc.resolve(name));
    }
    removeIfEmpty(etc);
    for (String name : MOUNT_POINTS) {
      if (layers.stream().noneMatch(layer -> Files.isDirectory(layer.resolve(name)))) {
        removeIfEmpty(upper.resolve(name));
      }
    }
  }

  private static void removeIfEmpty(Path directory) throws IOException {
    String[] names = directory.toFile().list();
    if (names != null && names.length == 0) {
      Files.delete(directory);
    }
  }

  @Override
  public void close() {
    if (runtime != null) {
      runtime.purge();
      TreeRemoval.delete(directory);
      runtime = null;
    }
  }
}
