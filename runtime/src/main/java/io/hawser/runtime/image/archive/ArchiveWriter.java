package io.hawser.runtime.image.archive;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.ImageLibrary;
import io.hawser.runtime.image.ImageName;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.layer.Compression;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.Index;
import io.hawser.runtime.image.oci.MediaTypes;
import io.hawser.runtime.image.oci.OciJson;
import io.hawser.runtime.image.store.Lease;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes images as an OCI layout, an OCI archive, or what {@code docker load} reads. */
public final class ArchiveWriter {
  /** The forms that {@code save} knows. */
  public enum Format {
    /** A directory with {@code index.json} and {@code blobs}. */
    OCI_LAYOUT,
    /** The same in a tar. */
    OCI_ARCHIVE,
    /** A tar with {@code manifest.json} and plain layers, as {@code docker save} wrote it first. */
    DOCKER_ARCHIVE
  }

  static final String REF_NAME = "org.opencontainers.image.ref.name";
  static final String CONTAINERD_NAME = "io.containerd.image.name";

  private static final byte[] LAYOUT =
      "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII);

  private final ImageLibrary library;
  private final Lease lease;

  private ArchiveWriter(ImageLibrary library, Lease lease) {
    this.library = library;
    this.lease = lease;
  }

  /** Writes images to a file or directory, which is complete when this returns. */
  public static void save(
      ImageLibrary library, List<StoredImage> images, Format format, Path target) {
    try (Lease lease = library.lease();
        ArchiveSink sink =
            format == Format.OCI_LAYOUT ? new DirectorySink(target) : new TarSink(target)) {
      ArchiveWriter writer = new ArchiveWriter(library, lease);
      if (format == Format.DOCKER_ARCHIVE) {
        writer.saveDocker(images, sink);
      } else {
        writer.saveLayout(images, sink, target, format);
      }
      sink.complete();
    } catch (IOException e) {
      throw ImageFault.of("can't write " + target, e);
    }
  }

  private void saveLayout(List<StoredImage> images, ArchiveSink sink, Path target, Format format)
      throws IOException {
    Set<Digest> written = new LinkedHashSet<>();
    Map<String, Descriptor> entries =
        format == Format.OCI_LAYOUT ? existing(target) : new LinkedHashMap<>();
    for (StoredImage image : images) {
      Descriptor top =
          ImageBlobs.isComplete(library, image.target()) ? image.target() : image.manifest();
      writeWithChildren(top, sink, written);
      Map<String, String> annotations = annotations(image);
      Descriptor entry =
          new Descriptor(top.mediaType(), top.digest(), top.size())
              .withPlatform(MediaTypes.isIndex(top.mediaType()) ? null : image.config().platform())
              .withAnnotations(annotations);
      entries.put(key(entry), entry);
    }
    sink.file("oci-layout", LAYOUT.length, new ByteArrayInputStream(LAYOUT));
    document(sink, "index.json", OciJson.write(Index.of(List.copyOf(entries.values()))));
  }

  /** The images a layout has already, by their names. */
  private static Map<String, Descriptor> existing(Path layout) throws IOException {
    Map<String, Descriptor> entries = new LinkedHashMap<>();
    Path index = layout.resolve("index.json");
    if (Files.exists(index)) {
      for (Descriptor entry :
          OciJson.read(Files.readAllBytes(index), Index.class, index.toString()).manifests()) {
        entries.put(key(entry), entry);
      }
    }
    return entries;
  }

  private static String key(Descriptor entry) {
    String tag = entry.annotations().getOrDefault(REF_NAME, entry.digest().toString());
    return entry.annotations().getOrDefault(CONTAINERD_NAME, tag);
  }

  private static Map<String, String> annotations(StoredImage image) {
    ImageName name = ImageName.parse(image.name());
    Optional<String> tag = name.tag();
    return tag.isEmpty() ? Map.of() : Map.of(REF_NAME, tag.get(), CONTAINERD_NAME, name.toString());
  }

  private void writeWithChildren(Descriptor target, ArchiveSink sink, Set<Digest> written)
      throws IOException {
    if (!written.add(target.digest())) {
      return;
    }
    for (Descriptor child : ImageBlobs.children(library, target)) {
      writeWithChildren(child, sink, written);
    }
    lease.hold(target.digest());
    try (InputStream in = library.content().open(target.digest())) {
      long size = library.content().size(target.digest()).orElseThrow();
      String path = "blobs/" + target.digest().algorithm() + "/" + target.digest().hex();
      sink.file(path, size, in);
      // The verdict on the content comes with the end of the stream.
      in.read();
    }
  }

  private void saveDocker(List<StoredImage> images, ArchiveSink sink) throws IOException {
    ArrayNode manifests = JsonNodeFactory.instance.arrayNode();
    Set<String> written = new LinkedHashSet<>();
    Map<Digest, ObjectNode> byId = new LinkedHashMap<>();
    for (StoredImage image : images) {
      ObjectNode manifest = byId.get(image.id());
      if (manifest == null) {
        manifest = dockerImage(image, sink, written);
        byId.put(image.id(), manifest);
        manifests.add(manifest);
      }
      ImageName name = ImageName.parse(image.name());
      if (name.tag().isPresent()) {
        manifest.withArray("RepoTags").add(name.familiar());
      }
    }
    document(sink, "manifest.json", OciJson.write(manifests));
  }

  private ObjectNode dockerImage(StoredImage image, ArchiveSink sink, Set<String> written)
      throws IOException {
    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    String config = image.id().hex() + ".json";
    manifest.put("Config", config);
    manifest.putArray("RepoTags");
    ArrayNode layers = manifest.putArray("Layers");
    if (written.add(config)) {
      document(sink, config, library.document(image.id()));
    }
    for (int i = 0; i < image.diffIds().size(); i++) {
      String file = image.diffIds().get(i).hex() + ".tar";
      layers.add(file);
      if (written.add(file)) {
        plainLayer(image.content().layers().get(i), file, sink);
      }
    }
    return manifest;
  }

  /** A tar's header says the size first, so a packed layer is read twice. */
  private void plainLayer(Descriptor layer, String file, ArchiveSink sink) throws IOException {
    lease.hold(layer.digest());
    long size;
    try (InputStream plain = Compression.unpack(library.content().open(layer.digest()))) {
      size = plain.transferTo(java.io.OutputStream.nullOutputStream());
    }
    try (InputStream plain = Compression.unpack(library.content().open(layer.digest()))) {
      sink.file(file, size, plain);
    }
  }

  private static void document(ArchiveSink sink, String name, byte[] content) throws IOException {
    sink.file(name, content.length, new ByteArrayInputStream(content));
  }
}
