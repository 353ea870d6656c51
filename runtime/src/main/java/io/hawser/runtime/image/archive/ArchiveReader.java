package io.hawser.runtime.image.archive;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.ImageLibrary;
import io.hawser.runtime.image.ImageName;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.layer.Compression;
import io.hawser.runtime.image.layer.ImageTree;
import io.hawser.runtime.image.layer.LayerUnpacker;
import io.hawser.runtime.image.layer.UnpackLimits;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.ImageDocument;
import io.hawser.runtime.image.oci.Index;
import io.hawser.runtime.image.oci.Manifest;
import io.hawser.runtime.image.oci.MediaTypes;
import io.hawser.runtime.image.oci.OciJson;
import io.hawser.runtime.image.store.Lease;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes images out of archives: what {@code docker save} writes, old and new, an OCI layout in a
 * directory or a tar. Files are looked up inside the archive only, whatever links it has.
 */
public final class ArchiveReader {
  private static final String INDEX = "index.json";
  private static final String DOCKER_MANIFEST = "manifest.json";

  private final ImageLibrary library;
  private final Lease lease;
  private final ImageTree tree;
  private final String shown;
  private final Optional<ImageName> wanted;

  private ArchiveReader(
      ImageLibrary library, Lease lease, ImageTree tree, String shown, Optional<ImageName> wanted) {
    this.library = library;
    this.lease = lease;
    this.tree = tree;
    this.shown = shown;
    this.wanted = wanted;
  }

  /**
   * Loads all images of an archive and unpacks them.
   *
   * @param archive a tar (plain, gzip or zstd) or a directory
   * @param wanted a name for an archive with a single image; else the archive's own names are used
   */
  public static List<StoredImage> load(
      ImageLibrary library, Path archive, Optional<ImageName> wanted) {
    try (Lease lease = library.lease()) {
      Path directory = Files.isDirectory(archive) ? archive : unpack(archive, lease);
      ImageTree tree = new ImageTree(List.of(directory));
      return new ArchiveReader(library, lease, tree, archive.toString(), wanted).load();
    } catch (IOException e) {
      throw ImageFault.of("can't load " + archive, e);
    }
  }

  private static Path unpack(Path archive, Lease lease) throws IOException {
    Path directory = Files.createDirectory(lease.stage("archive"));
    try (InputStream in = Compression.unpack(Files.newInputStream(archive));
        Dir root = Dir.open(directory)) {
      LayerUnpacker.unpack(in, root, ImageTree.empty(), UnpackLimits.DEFAULT);
    }
    return directory;
  }

  private List<StoredImage> load() throws IOException {
    Optional<byte[]> index = tree.read(INDEX, OciJson.MAX_DOCUMENT_BYTES);
    Optional<byte[]> docker = tree.read(DOCKER_MANIFEST, OciJson.MAX_DOCUMENT_BYTES);
    if (index.isEmpty() && docker.isEmpty()) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT,
          shown + " is no image archive: it has neither index.json nor manifest.json");
    }
    List<StoredImage> images =
        index.isPresent()
            ? loadLayout(OciJson.read(index.get(), Index.class, "index.json"))
            : loadDocker(OciJson.tree(docker.get(), "manifest.json"));
    if (index.isPresent() && docker.isPresent() && wanted.isEmpty()) {
      images = withDockerNames(images, OciJson.tree(docker.get(), "manifest.json"));
    }
    if (images.isEmpty()) {
      throw new ImageFault(ImageFault.Kind.BAD_INPUT, shown + " has no image");
    }
    for (StoredImage image : images) {
      library.unpack(image, lease);
    }
    return images;
  }

  private List<StoredImage> loadLayout(Index index) throws IOException {
    if (wanted.isPresent() && index.manifests().size() > 1) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT,
          shown + " has " + index.manifests().size() + " images; a name can be given to one only");
    }
    List<StoredImage> images = new ArrayList<>();
    for (Descriptor target : index.manifests()) {
      Descriptor plain = new Descriptor(target.mediaType(), target.digest(), target.size());
      take(plain, true);
      images.add(named(wanted.or(() -> annotated(target)), plain));
    }
    return images;
  }

  private StoredImage named(Optional<ImageName> name, Descriptor target) {
    // Without a name it can be found by its digest until the next collection.
    ImageName used =
        name.orElseGet(
            () ->
                new ImageName(
                    "localhost", "loaded", Optional.empty(), Optional.of(target.digest())));
    return library.name(used, target);
  }

  private Optional<ImageName> annotated(Descriptor target) {
    String full = target.annotations().get(ArchiveWriter.CONTAINERD_NAME);
    String name = full != null ? full : target.annotations().get(ArchiveWriter.REF_NAME);
    if (name == null) {
      return Optional.empty();
    }
    // Layouts by umoci and skopeo often carry only a tag.
    boolean tagOnly = !name.contains("/") && !name.contains(":") && full == null;
    String directory = Path.of(shown).toAbsolutePath().normalize().getFileName().toString();
    try {
      return Optional.of(ImageName.parse(tagOnly ? baseName(directory) + ":" + name : name));
    } catch (ImageFault e) {
      return Optional.empty();
    }
  }

  private static String baseName(String file) {
    return file.replaceAll("\\.(tar|oci|tgz|tar\\.gz|tar\\.zst)$", "")
        .toLowerCase(java.util.Locale.ROOT);
  }

  /**
   * @param required false for the manifests of other platforms, which an archive may lack
   */
  private boolean take(Descriptor target, boolean required) throws IOException {
    Optional<ImageTree.Located> blob =
        tree.locate("blobs/" + target.digest().algorithm() + "/" + target.digest().hex(), true);
    if (blob.isEmpty()) {
      if (required && !library.content().has(target.digest())) {
        throw new ImageFault(ImageFault.Kind.CORRUPT, shown + " lacks the blob " + target.digest());
      }
      return library.content().has(target.digest());
    }
    try (InputStream in = blob.get().open()) {
      library.content().put(target.digest(), in, target.size(), lease);
    }
    return takeChildren(target);
  }

  private boolean takeChildren(Descriptor target) throws IOException {
    String type = target.mediaType();
    if (MediaTypes.isIndex(type)) {
      Index index =
          OciJson.read(library.document(target.digest()), Index.class, "the index in " + shown);
      Descriptor ours = index.require(library.platform(), shown);
      for (Descriptor child : index.manifests()) {
        take(child, child.digest().equals(ours.digest()));
      }
    } else if (MediaTypes.isManifest(type)) {
      Manifest manifest =
          OciJson.read(
              library.document(target.digest()), Manifest.class, "the manifest in " + shown);
      take(manifest.config(), true);
      for (Descriptor layer : manifest.layers()) {
        take(layer, true);
      }
    }
    return true;
  }

  private List<StoredImage> loadDocker(JsonNode manifests) throws IOException {
    List<StoredImage> images = new ArrayList<>();
    for (JsonNode manifest : manifests) {
      Descriptor target = dockerImage(manifest);
      List<ImageName> names = dockerNames(manifest);
      if (wanted.isPresent()) {
        images.add(named(wanted, target));
      } else if (names.isEmpty()) {
        images.add(named(Optional.empty(), target));
      }
      for (ImageName name : wanted.isPresent() ? List.<ImageName>of() : names) {
        images.add(named(Optional.of(name), target));
      }
    }
    return images;
  }

  private Descriptor dockerImage(JsonNode manifest) throws IOException {
    byte[] config =
        tree.read(RawNames.raw(text(manifest, "Config")), OciJson.MAX_DOCUMENT_BYTES)
            .orElseThrow(() -> lacks(text(manifest, "Config")));
    ImageDocument document = OciJson.read(config, ImageDocument.class, "the config in " + shown);
    List<Digest> diffIds = document.rootfs().diffIds();
    JsonNode layers = manifest.path("Layers");
    if (layers.size() != diffIds.size()) {
      throw new ImageFault(
          ImageFault.Kind.CORRUPT,
          shown + " has " + layers.size() + " layers, its config names " + diffIds.size());
    }
    List<Descriptor> blobs = new ArrayList<>();
    for (JsonNode layer : layers) {
      ImageTree.Located file =
          tree.locate(RawNames.raw(layer.asText()), true).orElseThrow(() -> lacks(layer.asText()));
      try (InputStream in = file.open();
          InputStream again = file.open()) {
        blobs.add(library.content().put(Compression.of(again).mediaType(), in, lease));
      }
    }
    Descriptor configBlob = library.content().put(MediaTypes.OCI_CONFIG, config, lease);
    return library
        .content()
        .put(MediaTypes.OCI_MANIFEST, OciJson.write(Manifest.of(configBlob, blobs)), lease);
  }

  private static List<ImageName> dockerNames(JsonNode manifest) {
    List<ImageName> names = new ArrayList<>();
    manifest.path("RepoTags").forEach(tag -> names.add(ImageName.parse(tag.asText())));
    return names;
  }

  /** Newer Docker writes both; the names stand only in manifest.json, found by the config. */
  private List<StoredImage> withDockerNames(List<StoredImage> images, JsonNode manifests) {
    List<StoredImage> named = new ArrayList<>();
    for (StoredImage image : images) {
      List<ImageName> names = new ArrayList<>();
      for (JsonNode manifest : manifests) {
        if (text(manifest, "Config").contains(image.id().hex())) {
          names.addAll(dockerNames(manifest));
        }
      }
      if (names.isEmpty()) {
        named.add(image);
      } else {
        library.references().remove(ImageName.parse(image.name()));
        names.forEach(name -> named.add(library.name(name, image.target())));
      }
    }
    return named;
  }

  private String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isTextual()) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT, "manifest.json in " + shown + " has no text '" + field + "'");
    }
    return value.asText();
  }

  private ImageFault lacks(String file) {
    return new ImageFault(ImageFault.Kind.CORRUPT, shown + " lacks the file " + file);
  }
}
