package io.hawser.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.files.TreeRemoval;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The script {@code hawser} as an ordinary user; in place of Java, one that says what it got. */
@Tag("kernel")
class HawserScriptTest {
  private static final String USER = "65534";

  private Path base;
  private Path home;

  @BeforeEach
  void copyTheScript() throws IOException {
    base = Files.createTempDirectory("hawser-script");
    Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String module :
        "model runtime cluster persistence scheduler-actor node-actor http-gateway".split(" ")) {
      Files.createDirectory(base.resolve(module));
    }
    Files.createFile(base.resolve("pom.xml"));
    Files.copy(Path.of("../hawser"), base.resolve("hawser"));
    program(base.resolve("bin/java"), "#!/bin/sh\necho \"$HAWSER_DIR $(id -u)\"\n");
    Files.createDirectories(base.resolve("ops/target/dist"));
    Files.createFile(base.resolve("ops/target/dist/.built"));
    home = Files.createDirectory(base.resolve("home"));
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private static void program(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void remove() throws IOException {
    Path note = home.resolve(".hawser/namespace");
    if (Files.exists(note)) {
      long keeper = Long.parseLong(Files.readString(note).strip());
      ProcessHandle.of(keeper).ifPresent(ProcessHandle::destroyForcibly);
    }
    TreeRemoval.delete(base);
  }

  private String hawser(String command) throws Exception {
    List<String> words = new ArrayList<>(List.of("setpriv", "--reuid", USER, "--regid", USER));
    words.addAll(List.of("--clear-groups", "env", "-i", "HOME=" + home));
    words.add("PATH=" + base.resolve("bin") + ":" + System.getenv("PATH"));
    words.addAll(List.of("bash", base.resolve("hawser").toString(), command));
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said.strip();
  }

  @Test
  void everyCommandOfAUserHasTheDirectoryThatUpHas() throws Exception {
    String inside = hawser("doctor");
    assumeTrue(!inside.contains("without root, nodes need"), inside);
    assertThat(inside).isEqualTo(home.resolve(".hawser") + " 0");
    assertThat(hawser("get")).isEqualTo(home.resolve(".hawser") + " " + USER);
    assertThat(hawser("status")).isEqualTo(home.resolve(".hawser") + " 0");
  }

  @Test
  void statusWhereNothingWasStartedMakesNothing() throws Exception {
    assertThat(hawser("status")).isEqualTo(home.resolve(".hawser") + " " + USER);
    assertThat(home).isEmptyDirectory();
  }
}
