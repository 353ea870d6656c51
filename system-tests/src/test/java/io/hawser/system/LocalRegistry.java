package io.hawser.system;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/** Debian's docker-registry on loopback, which asks everybody for a password. */
final class LocalRegistry implements AutoCloseable {
  static final String USER = "team";
  static final String PASSWORD = "registry-password-7f3a";

  private final Path dir;
  private final Process process;
  final String host;

  private LocalRegistry(Path dir, String host, Process process) {
    this.dir = dir;
    this.host = host;
    this.process = process;
  }

  static boolean isInstalled() {
    return Files.exists(Path.of("/usr/bin/docker-registry"))
        && Files.exists(Path.of("/usr/bin/htpasswd"));
  }

  static LocalRegistry start() throws IOException {
    Path dir = Files.createTempDirectory("hawser-registry-");
    String host;
    try (ServerSocket free = new ServerSocket(0)) {
      host = "127.0.0.1:" + free.getLocalPort();
    }
    String users = Shell.run(Duration.ofSeconds(30), "htpasswd", "-Bbn", USER, PASSWORD).ok().out();
    Files.writeString(dir.resolve("users"), users.strip() + "\n");
    Path config = dir.resolve("registry.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log: {level: error}
        storage: {filesystem: {rootdirectory: %1$s/data}}
        http: {addr: "%2$s"}
        auth: {htpasswd: {realm: test, path: %1$s/users}}
        """
            .formatted(dir, host));
    Process process =
        new ProcessBuilder("/usr/bin/docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("log").toFile())
            .start();
    LocalRegistry registry = new LocalRegistry(dir, host, process);
    await().atMost(Duration.ofSeconds(30)).until(registry::answers);
    return registry;
  }

  private boolean answers() throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host + "/v2/")).build();
    try {
      HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** What {@code docker login} writes, in base64. */
  String dockerConfig() {
    String auth = base64(USER + ":" + PASSWORD);
    return base64("{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(host, auth));
  }

  /** A directory for {@code DOCKER_CONFIG}. */
  Path dockerConfigDirectory() throws IOException {
    Path directory = Files.createDirectories(dir.resolve("docker"));
    Files.write(directory.resolve("config.json"), Base64.getDecoder().decode(dockerConfig()));
    return directory;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes());
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      process.waitFor(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    Shell.run(Duration.ofSeconds(60), "rm", "-rf", "--one-file-system", dir.toString()).ok();
  }
}
