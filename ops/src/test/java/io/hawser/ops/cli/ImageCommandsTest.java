package io.hawser.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
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

  @Test
  void everyCommandTellsTheSameDigest() {
    importRoot();
    String digest = ok("image", "tag", "web:1", "web:2").strip().replaceFirst("^web:2 ", "");
    assertThat(digest).matches("sha256:[0-9a-f]{64}");
    assertThat(ok("image", "tag", "web:1", "web:3")).isEqualTo("web:3 " + digest + "\n");
    String archive = dir.resolve("saved").toString();
    ok("image", "save", "--format=oci-archive", "-o", archive, "web:1");
    ok("image", "rm", "web:1", "web:2", "web:3");
    ok("image", "prune", "-a");
    assertThat(ok("image", "load", archive)).isEqualTo("web:1 " + digest + "\n");
    assertThat(ok("image", "inspect", "web:1")).contains(digest);
  }

  @Test
  void pushedImageIsPulledElsewhereWithItsDigest() throws Exception {
    assumeTrue(Files.exists(DockerRegistry.PROGRAM), "docker-registry is not installed");
    try (DockerRegistry registry = DockerRegistry.start(dir.resolve("registry"))) {
      importRoot();
      String name = registry.host() + "/team/web:1";
      String pushed = ok("image", "push", "web:1", name);
      Result pulled = Result.of(dir.resolve("other"), "image", "pull", name);
      assertThat(pulled.code()).as(pulled.err()).isZero();
      assertThat(pulled.out().lines().reduce((a, b) -> b)).contains(pushed.strip());
      assertThat(Result.of(dir.resolve("other"), "image", "ls").out()).contains("/team/web");
      Result absent = run("image", "pull", "-q", registry.host() + "/team/absent:1");
      assertThat(absent.err()).contains("/team/absent:1", "answered 404").hasLineCount(1);
    }
  }
}
