package io.hawser.runtime;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.Flags;
import io.hawser.runtime.kernel.Kernel;
import io.hawser.runtime.kernel.KernelFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Things of the kernel that outlive processes by being mounted onto files: namespaces and pidfds.
 * The files' directory is a mount of its own and private, so that mounts in it don't spread into
 * other mount namespaces, where they would outlive their removal here. A file's name begins with
 * its pod's uid and a dot.
 */
final class PinnedFiles {
  private final Kernel kernel;
  private final Path directory;

  PinnedFiles(Kernel kernel, Path directory) {
    this.kernel = kernel;
    this.directory = directory;
  }

  /** Makes the private mount, unless it is there. */
  void prepare() {
    String path = directory.toString();
    if (!isMounted(directory)) {
      kernel.mount(new Kernel.Mount(path, path, null, Flags.MS_BIND, null));
      kernel.mount(new Kernel.Mount(null, path, null, Flags.MS_PRIVATE, null));
    }
  }

  /** Binds a path of /proc, a namespace, onto a new file. */
  void bind(String source, Path file) {
    create(file);
    kernel.mount(new Kernel.Mount(source, file.toString(), null, Flags.MS_BIND, null));
  }

  /** Mounts a file system onto a new directory. */
  void mount(Path target, String type, String options) {
    try {
      Files.createDirectory(target);
    } catch (IOException e) {
      throw new UncheckedIOException("mkdir(" + target + ") failed: " + e.getMessage(), e);
    }
    kernel.mount(new Kernel.Mount(type, target.toString(), type, 0, options));
  }

  /** Attaches a descriptor's object, a pidfd's, onto a new file. */
  void attach(int fd, Path file) {
    create(file);
    kernel.attach(fd, file.toString());
  }

  private static void create(Path file) {
    try {
      Files.write(file, new byte[0]);
    } catch (IOException e) {
      throw new UncheckedIOException("create(" + file + ") failed: " + e.getMessage(), e);
    }
  }

  boolean isMounted(Path file) {
    return Mounts.under(directory).contains(file.toString());
  }

  boolean areMounted(List<Path> files) {
    List<String> mounts = Mounts.under(directory);
    return files.stream().allMatch(file -> mounts.contains(file.toString()));
  }

  /** Idempotent. */
  void remove(Path file) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      kernel.unmount(new Kernel.Unmount(file.toString(), Flags.MNT_DETACH));
    } catch (KernelFault e) {
      if (!e.is(Errno.EINVAL)) { // not a mount: a crash came in between
        throw e;
      }
    }
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("remove(" + file + ") failed: " + e.getMessage(), e);
    }
  }

  /** Removes what is a pod's. */
  void removeOf(String podUid) {
    for (String name : names()) {
      if (name.startsWith(podUid + ".")) {
        remove(directory.resolve(name));
      }
    }
  }

  /** Removes what belongs to none of these pods. */
  void removeStrays(Set<String> podUids) {
    for (String name : names()) {
      if (podUids.stream().noneMatch(podUid -> name.startsWith(podUid + "."))) {
        remove(directory.resolve(name));
      }
    }
  }

  /** Removes the private mount with all that is in it. */
  void purge() {
    removeStrays(Set.of());
    if (isMounted(directory)) {
      kernel.unmount(new Kernel.Unmount(directory.toString(), Flags.MNT_DETACH));
    }
    directory.toFile().delete();
  }

  private List<String> names() {
    String[] names = directory.toFile().list();
    return names == null ? List.of() : List.of(names);
  }
}
