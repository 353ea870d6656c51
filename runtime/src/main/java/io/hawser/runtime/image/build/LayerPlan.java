package io.hawser.runtime.image.build;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.layer.ImageTree;
import io.hawser.runtime.image.layer.LayerWriter;
import io.hawser.runtime.image.tar.TarEntry;
import java.io.ByteArrayInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The files that a COPY, ADD or WORKDIR will put into a layer, by path. */
final class LayerPlan {
  private static final int DIRECTORY_MODE = 0755;

  private interface Content {
    InputStream open() throws IOException;
  }

  private record Planned(TarEntry entry, Content content) {}

  private final ImageTree image;
  private final long epochSeconds;
  private final TreeMap<String, Planned> entries = new TreeMap<>();
  private boolean changes;

  /**
   * @param image what the layer goes on top of
   */
  LayerPlan(ImageTree image, long epochSeconds) {
    this.image = image;
    this.epochSeconds = epochSeconds;
  }

  /** Whether the layer would do anything. */
  boolean changes() {
    return changes;
  }

  /**
   * Plans a directory with all above it. What the image has stays as it is, only named, so that the
   * layer stands for itself.
   *
   * @param path raw, without links
   * @param made what a directory that is missing gets
   */
  void directory(String path, UserLookup.Owner made) throws IOException {
    List<String> components = RawNames.components(path);
    for (int depth = 1; depth <= components.size(); depth++) {
      String at = String.join("/", components.subList(0, depth));
      if (entries.containsKey(at)) {
        continue;
      }
      Optional<ImageTree.Located> there = image.locate(at, false);
      if (there.isPresent() && !there.get().stat().isDirectory()) {
        throw new ImageFault(
            ImageFault.Kind.BAD_INPUT, "/" + RawNames.shown(at) + " is no directory in the image");
      }
      if (there.isPresent()) {
        entries.put(at, new Planned(there.get().entry(), InputStream::nullInputStream));
      } else {
        changes = true;
        TarEntry entry =
            TarEntry.of(at, TarEntry.DIRECTORY, DIRECTORY_MODE)
                .withOwner(made.uid(), made.gid())
                .withTime(epochSeconds, 0);
        entries.put(at, new Planned(entry, InputStream::nullInputStream));
      }
    }
  }

  /** Plans a file of another tree; a directory's content is not part of this. */
  void put(TarEntry entry, ImageTree.Located source) {
    add(entry, entry.type() == TarEntry.FILE ? source::open : InputStream::nullInputStream);
  }

  void put(TarEntry entry, byte[] content) {
    add(entry.withSize(content.length), () -> new ByteArrayInputStream(content));
  }

  private void add(TarEntry entry, Content content) {
    changes = true;
    boolean late = entry.mtimeSeconds() >= epochSeconds;
    TarEntry clamped = late ? entry.withTime(epochSeconds, 0) : entry;
    entries.put(entry.name(), new Planned(clamped, content));
  }

  /** A hash of all that decides the layer's bytes. */
  Digest key(String kind) throws IOException {
    MessageDigest hasher = Digest.hasher("sha256");
    try (DataOutputStream out =
        new DataOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), hasher))) {
      out.writeUTF(kind);
      for (Planned planned : entries.values()) {
        describe(planned.entry(), out);
        try (InputStream content = planned.content().open()) {
          out.writeLong(content.transferTo(out));
        }
      }
    }
    return Digest.finish("sha256", hasher);
  }

  private static void describe(TarEntry entry, DataOutputStream out) throws IOException {
    out.writeUTF(entry.name());
    out.writeChar(entry.type());
    out.writeInt(entry.mode());
    out.writeLong(entry.uid());
    out.writeLong(entry.gid());
    out.writeLong(entry.size());
    out.writeLong(entry.mtimeSeconds());
    out.writeUTF(entry.linkName());
    out.writeLong(entry.deviceMajor());
    out.writeLong(entry.deviceMinor());
    for (Map.Entry<String, byte[]> xattr : entry.xattrs().entrySet()) {
      out.writeUTF(xattr.getKey());
      out.writeInt(xattr.getValue().length);
      out.write(xattr.getValue());
    }
  }

  void write(LayerWriter out) throws IOException {
    for (Planned planned : entries.values()) {
      try (InputStream content = planned.content().open()) {
        out.write(planned.entry(), content);
      }
    }
  }
}
