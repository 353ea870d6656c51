package io.hawser.ops.demo;

import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.local.DurableFiles;
import io.hawser.ops.local.Requirements;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.ImageStore.ImageConfig;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The demo's image: a root file system with nothing but busybox in it. */
final class DemoImage {
  static final String REFERENCE = "hawser/web:1";

  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final String PACKAGE = "busybox-static";
  private static final int INSTALL_SECONDS = 180;
  private static final int LIST_SECONDS = 10;

  private DemoImage() {}

  /** Installs busybox-static on Debian as root, after saying so; else says what to install. */
  static void requireBusybox(Consumer<String> say) {
    if (isStatic(BUSYBOX)) {
      return;
    }
    if (!Requirements.isRoot() || !Files.isExecutable(Path.of("/usr/bin/apt-get"))) {
      throw new CommandFailure(
          "the demo needs a statically linked " + BUSYBOX + ": install the package " + PACKAGE);
    }
    say.accept("   installing the Debian package " + PACKAGE);
    if (!apt("install", "-y", "--no-install-recommends", PACKAGE)) {
      apt("update");
      apt("install", "-y", "--no-install-recommends", PACKAGE);
    }
    if (!isStatic(BUSYBOX)) {
      throw new CommandFailure(
          "the package "
              + PACKAGE
              + " could not be installed: try 'apt-get install "
              + PACKAGE
              + "'");
    }
  }

  private static boolean apt(String... words) {
    List<String> command = new java.util.ArrayList<>(List.of("apt-get", "-q"));
    command.addAll(List.of(words));
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD);
      builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
      Process process = builder.start();
      boolean ended = process.waitFor(INSTALL_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        process.destroy();
      }
      return ended && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", e);
    }
  }

  /** An ELF file without PT_INTERP (elf(5)) needs no loader and no library. */
  static boolean isStatic(Path program) {
    try (RandomAccessFile file = new RandomAccessFile(program.toFile(), "r")) {
      byte[] bytes = new byte[(int) Math.min(4096, file.length())];
      file.readFully(bytes);
      ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      if (elf.getInt(0) != 0x464c457f || elf.get(4) != 2) {
        return false;
      }
      long table = elf.getLong(32);
      int entrySize = elf.getShort(54);
      int entries = elf.getShort(56);
      for (int i = 0; i < entries; i++) {
        if (elf.getInt((int) table + i * entrySize) == 3) {
          return false;
        }
      }
      return true;
    } catch (IOException | IndexOutOfBoundsException e) {
      return false;
    }
  }

  /** Builds the image into a store. Built again from the same busybox, it is the same image. */
  static void build(Path imageDir) {
    Path root = null;
    try {
      root = Files.createTempDirectory("hawser-image-");
      lay(root);
      ImageStore.open(imageDir)
          .importDirectory(
              REFERENCE,
              root,
              new ImageConfig(
                  List.of(), List.of("/bin/sh"), List.of("PATH=/bin"), "/", "", "SIGTERM"));
    } catch (IOException e) {
      throw new CommandFailure("the image can't be built: " + ApiStatus.oneLine(e), e);
    } finally {
      remove(root);
    }
  }

  private static void lay(Path root) throws IOException {
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path bin = directory(root, "bin", "rwxr-xr-x");
    Path busybox = bin.resolve("busybox");
    Files.copy(BUSYBOX, busybox);
    Files.setPosixFilePermissions(busybox, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String applet : applets()) {
      Path link = bin.resolve(applet);
      if (!Files.exists(link, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
        Files.createSymbolicLink(link, Path.of("busybox"));
      }
    }
    directory(root, "www", "rwxrwxrwx");
    directory(root, "tmp", "rwxrwxrwx");
    directory(root, "root", "rwx------");
    Path etc = directory(root, "etc", "rwxr-xr-x");
    write(etc.resolve("passwd"), "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000:web:/:/bin/sh\n");
    write(etc.resolve("group"), "root:x:0:\nweb:x:1000:\n");
  }

  private static Path directory(Path root, String name, String permissions) throws IOException {
    Path made = Files.createDirectory(root.resolve(name));
    Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(permissions));
    return made;
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private static List<String> applets() throws IOException {
    Process list = new ProcessBuilder(BUSYBOX.toString(), "--list").start();
    String names = new String(list.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!list.waitFor(LIST_SECONDS, TimeUnit.SECONDS) || list.exitValue() != 0) {
        throw new IOException(BUSYBOX + " --list failed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return names.lines().filter(name -> name.matches("[a-z0-9\\[_.-]+")).toList();
  }

  private static void remove(Path root) {
    try {
      if (root != null) {
        DurableFiles.deleteTree(root);
      }
    } catch (IOException e) {
      // A few megabytes stay in the temporary directory.
    }
  }
}
