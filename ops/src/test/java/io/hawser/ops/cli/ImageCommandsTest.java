package io.hawser.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The image commands on an image directory of their own. */
class ImageCommandsTest {
  @TempDir Path dir;
  private Path root;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectories(dir.resolve("root"));
    Files.writeString(root.resolve("file"), "content");
  }

  private Result run(String... arguments) {
    return Result.of(dir.resolve("cluster"), arguments);
  }

  private String ok(String... arguments) {
    Result result = run(arguments);
    assertThat(result.code()).as(result.err()).isZero();
    return result.out();
  }

  private void importRoot() {
    ok(
        "image",
        "import",
        "--label=team=blue",
        "--stop-signal=SIGUSR1",
        "--env=A=1",
        "--cmd=/bin/web",
        "web:1",
        root.toString());
  }

  @Test
  void importedConfigIsInspected() {
    importRoot();
    assertThat(ok("image", "inspect", "web:1").replace(" ", ""))
        .contains("\"team\":\"blue\"", "\"StopSignal\":\"SIGUSR1\"", "\"A=1\"", "\"/bin/web\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker-archive", "oci-archive", "oci-layout"})
  void savedImageIsLoadedUnderItsNameWithItsId(String format) {
    importRoot();
    String id = ok("image", "ls", "-q");
    String archive = dir.resolve("saved").toString();
    ok("image", "save", "--format=" + format, "-o", archive, "web:1");
    ok("image", "rm", "web:1");
    assertThat(ok("image", "ls", "-q")).isEmpty();
    assertThat(ok("image", "load", "-i", archive)).contains("web:1");
    assertThat(ok("image", "ls", "-q")).isEqualTo(id);
  }

  @Test
  void importOfATarHasTheSameTreeAsOfTheFolder() throws Exception {
    Path tar = dir.resolve("root.tar");
    Process made =
        new ProcessBuilder("tar", "-C", root.toString(), "-cf", tar.toString(), ".")
            .inheritIO()
            .start();
    assertThat(made.waitFor()).isZero();
    ok("image", "import", "web:2", tar.toString());
    assertThat(ok("image", "ls")).contains("web:2");
    assertThat(run("image", "import", "web:3", dir.resolve("absent").toString()).err())
        .contains("absent")
        .hasLineCount(1);
  }

  @Test
  void pruneFreesWhatNoNameHolds() {
    importRoot();
    ok("image", "rm", "web:1");
    ok("image", "prune", "-a");
    Result gone = run("image", "inspect", "web:1");
    assertThat(gone.code()).isEqualTo(1);
    assertThat(gone.err()).contains("web:1").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 404, 400})
  void refusedPullIsOneSentence(int status) throws IOException {
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
    HttpServer registry = HttpServer.create(loopback, 0);
    registry.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    registry.start();
    try {
      String name = "127.0.0.1:" + registry.getAddress().getPort() + "/a:1";
      Result result = run("image", "pull", "-q", name);
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.err()).contains(name, "answered " + status).hasLineCount(1);
    } finally {
      registry.stop(0);
    }
  }
}
