package io.hawser.runtime.image;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies a directory tree and digests it on the way: names in order, types, modes, owners, link
 * targets and contents, but no times. Hard links stay hard links. Sockets, pipes and device nodes
 * are left out: a container has its own /dev.
 */
final class TreeCopy {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int S_IFMT = 0170000;
  private static final int S_IFDIR = 0040000;
  private static final int S_IFREG = 0100000;
  private static final int S_IFLNK = 0120000;
  private static final int PERMISSIONS = 07777;

  private final MessageDigest digest;
  private final DataOutputStream facts;
  private final Map<Object, Path> copiedLinks = new HashMap<>();
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long sizeBytes;

  TreeCopy(MessageDigest digest) {
    this.digest = digest;
    this.facts =
        new DataOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
  }

  /** Bytes of the regular files copied, hard links counted once. */
  long sizeBytes() {
    return sizeBytes;
  }

  /**
   * @param to must not exist
   */
  void copy(Path from, Path to) throws IOException {
    copy(from, to, "");
  }

  private void copy(Path from, Path to, String name) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(from, "unix:mode,uid,gid,nlink,ino,dev", LinkOption.NOFOLLOW_LINKS);
    int mode = (Integer) attributes.get("mode");
    int type = mode & S_IFMT;
    if (name
        .isEmpty()) { // often a temporary directory of mode 0700: a container's / is root's, 0755
      mode = type | 0755;
      attributes = rootOwned(attributes);
    }
    if (type != S_IFDIR && type != S_IFREG && type != S_IFLNK) {
      return;
    }
    facts.writeUTF(name);
    facts.writeInt(mode);
    facts.writeInt((Integer) attributes.get("uid"));
    facts.writeInt((Integer) attributes.get("gid"));
    if (type == S_IFDIR) {
      Files.createDirectory(to);
      for (Path child : sortedChildren(from)) {
        String childName = child.getFileName().toString();
        copy(child, to.resolve(childName), childName);
      }
      facts.writeUTF(""); // the end of this directory
    } else if (type == S_IFLNK) {
      Path target = Files.readSymbolicLink(from);
      facts.writeUTF(target.toString());
      Files.createSymbolicLink(to, target);
    } else {
      copyFile(from, to, attributes);
    }
    Files.setAttribute(to, "unix:uid", attributes.get("uid"), LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(to, "unix:gid", attributes.get("gid"), LinkOption.NOFOLLOW_LINKS);
    if (type != S_IFLNK) { // after the owner: changing that clears set-uid bits
      Files.setAttribute(to, "unix:mode", mode & PERMISSIONS);
    }
  }

  private static Map<String, Object> rootOwned(Map<String, Object> attributes) {
    Map<String, Object> owned = new HashMap<>(attributes);
    owned.put("uid", 0);
    owned.put("gid", 0);
    return owned;
  }

  private static List<Path> sortedChildren(Path directory) throws IOException {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(children::add);
    }
    Collections.sort(children);
    return children;
  }

  private void copyFile(Path from, Path to, Map<String, Object> attributes) throws IOException {
    Object identity = List.of(attributes.get("dev"), attributes.get("ino"));
    Path first = copiedLinks.get(identity);
    boolean linked = (Integer) attributes.get("nlink") > 1;
    if (linked && first != null) {
      Files.createLink(to, first);
      digestContent(first);
      return;
    }
    try (InputStream in = Files.newInputStream(from);
        OutputStream out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
      long size = 0;
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
        digest.update(buffer, 0, count);
        size += count;
      }
      facts.writeLong(size);
      sizeBytes += size;
    }
    if (linked) {
      copiedLinks.put(identity, to);
    }
  }

  private void digestContent(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
    }
    facts.writeLong(Files.size(file));
  }

  void addText(String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
  }
}
