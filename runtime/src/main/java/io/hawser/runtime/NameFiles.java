package io.hawser.runtime;

import io.hawser.runtime.Checkpoints.SandboxState;
import io.hawser.runtime.files.TreeRemoval;
import io.hawser.runtime.image.fs.FileStat;
import io.hawser.runtime.image.layer.ImageTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The files that name a pod, {@code /etc/hosts}, {@code hostname} and {@code resolv.conf}: a layer
 * of their own over those of the image, made once for a pod and an image. So a start makes none of
 * them, and what a container changes in them stays in its own upper layer.
 */
final class NameFiles {
  private final NodeDirectory directory;

  NameFiles(NodeDirectory directory) {
    this.directory = directory;
  }

  /** Idempotent. It goes with the pod's directory. */
  synchronized Path layer(SandboxState state, ImageStore.Image image) {
    String digest = image.digest().substring(image.digest().indexOf(':') + 1);
    // Two levels, as images' layers have: a pod with users of its own maps the directory above.
    Path home = directory.pod(state.podUid()).resolve("names").resolve(digest);
    Path layer = home.resolve("fs");
    if (!Files.isDirectory(layer)) {
      Path next = home.resolveSibling(digest + ".new");
      try {
        TreeRemoval.delete(next); // of one that was killed
        write(state, new ImageTree(image.layers()), next.resolve("fs"));
        Files.move(next, home, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new UncheckedIOException("write(" + next + ") failed: " + e.getMessage(), e);
      }
    }
    return layer;
  }

  private static void write(SandboxState state, ImageTree image, Path layer) throws IOException {
    Path etc = layer.resolve("etc");
    Files.createDirectories(etc);
    copyOwner(image, etc);
    String hosts =
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
            + state.ip()
            + "\t"
            + state.hostname()
            + "\n";
    Files.writeString(etc.resolve("hosts"), hosts);
    Files.writeString(etc.resolve("hostname"), state.hostname() + "\n");
    Path resolver = Path.of("/etc/resolv.conf");
    if (Files.isRegularFile(resolver)) {
      byte[] text = Files.readAllBytes(resolver);
      Files.writeString(etc.resolve("resolv.conf"), new String(text, StandardCharsets.UTF_8));
    }
  }

  private static void copyOwner(ImageTree image, Path etc) throws IOException {
    Optional<FileStat> there =
        image.locate("etc", false).map(ImageTree.Located::stat).filter(FileStat::isDirectory);
    if (there.isPresent()) {
      Files.setAttribute(etc, "unix:uid", (int) there.get().uid());
      Files.setAttribute(etc, "unix:gid", (int) there.get().gid());
      Files.setAttribute(etc, "unix:mode", there.get().permissions());
    }
  }
}
