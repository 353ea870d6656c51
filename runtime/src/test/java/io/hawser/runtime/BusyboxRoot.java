package io.hawser.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/** A root file system of busybox and its links, for kernel tests. */
public final class BusyboxRoot {
  private BusyboxRoot() {}

  public static void fill(Path root) throws IOException {
    for (String name : List.of("bin", "etc", "tmp", "proc", "sys", "dev", "root")) {
      Files.createDirectory(root.resolve(name));
    }
    Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
    root.resolve("bin/busybox").toFile().setExecutable(true, false);
    for (String applet : TestNode.run(List.of("/bin/busybox", "--list")).split("\n")) {
      Path link = root.resolve("bin").resolve(applet);
      if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
        Files.createSymbolicLink(link, Path.of("busybox"));
      }
    }
    Files.writeString(
        root.resolve("etc/passwd"),
        "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001:web:/home/web:/bin/sh\n");
    Files.writeString(root.resolve("etc/group"), "root:x:0:\nweb:x:1001:\nextra:x:2000:web\n");
  }
}
