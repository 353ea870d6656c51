package io.hawser.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The image of {@code examples/web.yaml}, made from the machine's static busybox. */
final class WebImage {
  private static final List<String> APPLETS =
      List.of("sh", "httpd", "cat", "echo", "sleep", "hostname", "ls", "wget", "id", "env");

  private WebImage() {}

  /** Imports it into the image store {@code dir/images}. */
  static void importInto(Path dir) throws IOException {
    Path root = dir.resolve("image-root");
    for (String folder : List.of("bin", "www", "tmp", "etc")) {
      Files.createDirectories(root.resolve(folder));
    }
    root.resolve("www").toFile().setWritable(true, false);
    root.resolve("tmp").toFile().setWritable(true, false);
    Path busybox = root.resolve("bin/busybox");
    Files.copy(Path.of("/bin/busybox"), busybox);
    busybox.toFile().setExecutable(true, false);
    for (String applet : APPLETS) {
      Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
    }
    List<String> command =
        new java.util.ArrayList<>(
            Shell.hawser("cli.jvm", "image", "import", "hawser/web:1", root.toString()));
    command.addAll(List.of("--dir", dir.toString()));
    Shell.run(TestCluster.PATIENCE, command).ok();
    Shell.run(Duration.ofSeconds(60), "rm", "-rf", "--one-file-system", root.toString()).ok();
  }
}
