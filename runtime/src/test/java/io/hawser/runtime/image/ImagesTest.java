package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.ImageStore;
import io.hawser.runtime.image.archive.ArchiveWriter;
import io.hawser.runtime.image.layer.Compression;
import io.hawser.runtime.image.layer.LayerWriter;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.ImageDocument;
import io.hawser.runtime.image.oci.MediaTypes;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.store.Lease;
import io.hawser.runtime.image.store.References;
import io.hawser.runtime.image.tar.TarEntry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImagesTest {
  @TempDir Path directory;
  private Path root;
  private Images images;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectories(directory.resolve("rootfs"));
    Files.createDirectories(root.resolve("etc"));
    Files.writeString(root.resolve("etc/hostname"), "box\n");
    Files.createSymbolicLink(root.resolve("link"), Path.of("etc/hostname"));
    images = Images.open(directory.resolve("images"));
  }

  /** An image of several layers, made by hand. */
  static StoredImage layered(ImageLibrary library, String name, byte[]... tars) {
    try (Lease lease = library.lease()) {
      List<Descriptor> blobs = new ArrayList<>();
      List<Digest> diffIds = new ArrayList<>();
      for (byte[] tar : tars) {
        byte[] packed = TarBytes.gzip(tar);
        Digest digest = Digest.of(packed);
        library.content().put(digest, new ByteArrayInputStream(packed), packed.length, lease);
        blobs.add(new Descriptor(MediaTypes.OCI_LAYER_GZIP, digest, packed.length));
        diffIds.add(Digest.of(tar));
      }
      ImageDocument document =
          new ImageDocument(
              null,
              null,
              library.platform().architecture(),
              null,
              "linux",
              RunConfig.EMPTY,
              new ImageDocument.RootFs("layers", diffIds),
              null);
      return library.name(ImageName.parse(name), library.put(document, blobs, lease));
    }
  }

  @Test
  void importOfADirectoryIsReproducibleAndStoredOnce() throws IOException {
    StoredImage first = images.importDirectory("a:1", root, RunConfig.EMPTY);
    StoredImage second = images.importDirectory("b:1", root, RunConfig.EMPTY);
    assertThat(second.manifest()).isEqualTo(first.manifest());
    try (Stream<Path> layers = Files.list(directory.resolve("images/layers"))) {
      assertThat(layers).hasSize(1);
    }
    assertThat(images.list()).extracting(Images.Summary::name).containsExactly("a:1", "b:1");
  }

  @Test
  void rootIsReadableEvenWhenTheSourceWasATemporaryDirectory() throws IOException {
    Files.setAttribute(root, "unix:mode", 0700);
    images.importDirectory("a:1", root, RunConfig.EMPTY);
    Path layer = new LayeredImageStore(images.library()).find("a:1").orElseThrow().layers().get(0);
    assertThat((int) Files.getAttribute(layer, "unix:mode") & 07777).isEqualTo(0755);
  }

  @Test
  void damagedNameHidesNoOther() throws IOException {
    images.importDirectory("a:1", root, RunConfig.EMPTY);
    Path damaged = directory.resolve("images/references").resolve("0".repeat(64) + ".json");
    Files.writeString(damaged, "{\"nam");
    assertThat(images.list()).extracting(Images.Summary::name).containsExactly("a:1");
  }

  @Test
  void runtimesInterfaceSeesTheLayersUppermostFirst() {
    layered(
        images.library(),
        "two:1",
        new TarBytes().file("below", "b").toBytes(),
        new TarBytes().file("above", "a").toBytes());
    ImageStore store = new LayeredImageStore(images.library());
    ImageStore.Image image = store.find("two:1").orElseThrow();
    assertThat(image.layers()).hasSize(2);
    assertThat(image.layers().get(0).resolve("above")).hasContent("a");
    assertThat(image.layers().get(1).resolve("below")).hasContent("b");
    assertThat(store.find("three:1")).isEmpty();
  }

  @Test
  void runtimesInterfaceKeepsTheConfig() {
    ImageStore store = new LayeredImageStore(images.library());
    ImageStore.ImageConfig config =
        new ImageStore.ImageConfig(
            List.of("/bin/a"), List.of("b"), List.of("C=d"), "/e", "f:g", "SIGINT");
    store.importDirectory("c", root, config);
    ImageStore.Image image = store.find("c:latest").orElseThrow();
    assertThat(image.config()).isEqualTo(config);
    assertThat(image.reference()).isEqualTo("c:latest");
    assertThat(image.layers().get(0).resolve("etc/hostname")).hasContent("box\n");
  }

  @ParameterizedTest
  @EnumSource(ArchiveWriter.Format.class)
  void savedImageIsLoadedElsewhereWithItsId(ArchiveWriter.Format format) {
    StoredImage image =
        layered(
            images.library(),
            "quay.io/some/app:2",
            new TarBytes().file("below", "b").toBytes(),
            new TarBytes().file(".wh.below", "").toBytes());
    images.tag("quay.io/some/app:2", "other:2");
    Path archive = directory.resolve("archive");
    images.save(List.of("quay.io/some/app:2", "other:2"), format, archive);
    Images elsewhere = Images.open(directory.resolve("elsewhere"));
    assertThat(elsewhere.load(archive, Optional.empty())).hasSize(2);
    StoredImage loaded = elsewhere.inspect("quay.io/some/app:2");
    assertThat(loaded.id()).isEqualTo(image.id());
    if (format != ArchiveWriter.Format.DOCKER_ARCHIVE) {
      assertThat(loaded.manifest().digest()).isEqualTo(image.manifest().digest());
    }
    assertThat(elsewhere.inspect("other:2").id()).isEqualTo(image.id());
  }

  @Test
  void importedTarKeepsItsDigest() throws IOException {
    byte[] packed = TarBytes.gzip(new TarBytes().file("f", "x").toBytes());
    Path tar = Files.write(directory.resolve("root.tgz"), packed);
    StoredImage image = images.importTar("t:1", tar, RunConfig.EMPTY);
    assertThat(image.content().layers().get(0).digest()).isEqualTo(Digest.of(packed));
    assertThat(new LayeredImageStore(images.library()).find("t:1").orElseThrow().layers().get(0))
        .isDirectoryContaining("glob:**/f");
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void layersOfEveryPackingAreUnpacked(Compression compression) throws IOException {
    try (Lease lease = images.library().lease();
        LayerWriter writer = LayerWriter.begin(lease, compression)) {
      byte[] content = "packed".repeat(10_000).getBytes();
      writer.write(
          TarEntry.of("f", TarEntry.FILE, 0644).withSize(content.length),
          new ByteArrayInputStream(content));
      LayerWriter.Written layer = writer.finish(images.library().content(), lease);
      Path unpacked =
          images
              .library()
              .layers()
              .unpack(layer.layer().digest(), List.of(layer.diffId()), lease)
              .directory();
      assertThat(Files.readAllBytes(unpacked.resolve("f"))).isEqualTo(content);
    }
  }

  @Test
  void gzipOfSeveralMembersIsReadWhole() throws IOException {
    byte[] tar = new TarBytes().file("f", "x".repeat(5000)).toBytes();
    java.io.ByteArrayOutputStream packed = new java.io.ByteArrayOutputStream();
    for (int at = 0; at < tar.length; at += 512) {
      packed.write(TarBytes.gzip(java.util.Arrays.copyOfRange(tar, at, at + 512)));
    }
    Path file = Files.write(directory.resolve("members.tgz"), packed.toByteArray());
    StoredImage image = images.importTar("m:1", file, RunConfig.EMPTY);
    assertThat(image.diffIds()).containsExactly(Digest.of(tar));
  }

  @Test
  void archiveWithBothIndexAndManifestTakesDockersNames() throws IOException {
    layered(images.library(), "app:1", new TarBytes().file("f", "x").toBytes());
    Path layout = directory.resolve("layout");
    images.save(List.of("app:1"), ArchiveWriter.Format.OCI_LAYOUT, layout);
    String id = images.inspect("app:1").id().hex();
    Files.writeString(
        layout.resolve("manifest.json"),
        "[{\"Config\":\"blobs/sha256/"
            + id
            + "\",\"RepoTags\":[\"one:1\",\"two:2\"],\"Layers\":[]}]");
    Images elsewhere = Images.open(directory.resolve("elsewhere"));
    elsewhere.load(layout, Optional.empty());
    assertThat(elsewhere.list()).extracting(Images.Summary::name).containsExactly("one:1", "two:2");
  }

  @Test
  void archiveWithoutAnImageIsRefused() throws IOException {
    Path tar = Files.write(directory.resolve("x.tar"), new TarBytes().file("f", "x").toBytes());
    assertThatThrownBy(() -> images.load(tar, Optional.empty()))
        .hasMessageContaining("neither index.json nor manifest.json");
  }

  @Test
  void archiveWhoseFilesAreLinksOutsideIsRefused() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "{}");
    byte[] manifest = "[{\"Config\":\"c.json\",\"RepoTags\":[\"x:1\"],\"Layers\":[]}]".getBytes();
    byte[] tar =
        new TarBytes()
            .file("manifest.json", new String(manifest))
            .link("c.json", secret.toString())
            .toBytes();
    Path archive = Files.write(directory.resolve("evil.tar"), tar);
    assertThatThrownBy(() -> images.load(archive, Optional.empty()))
        .hasMessageContaining("lacks the file c.json");
  }

  @Test
  void pruneTakesWhatHasNoNameAndNoContainer() {
    images.importDirectory("a:1", root, RunConfig.EMPTY);
    ImageStore store = new LayeredImageStore(images.library());
    ImageStore.Image image = store.find("a:1").orElseThrow();
    store.pin("n1/c", image);
    assertThatThrownBy(() -> images.remove("a:1", false)).hasMessageContaining("used by n1/c");
    images.remove("a:1", true);
    assertThat(images.prune(true).blobs()).isZero();
    assertThat(image.layers().get(0).resolve("etc/hostname")).exists();
    store.unpin("n1/c");
    assertThat(images.prune(false).blobs()).isEqualTo(3);
    assertThat(image.layers().get(0)).doesNotExist();
    assertThat(images.list()).isEmpty();
  }

  @Test
  void chainedLayersStayAsLongAsTheirImage() {
    StoredImage image =
        layered(
            images.library(),
            "two:1",
            new TarBytes().dir("tmp").file("tmp/a", "1").toBytes(),
            new TarBytes().file("tmp/b", "2").toBytes());
    ImageStore store = new LayeredImageStore(images.library());
    List<Path> layers = store.find("two:1").orElseThrow().layers();
    assertThat(layers.get(0).toString()).contains("/c-");
    images.prune(false);
    assertThat(layers).allSatisfy(layer -> assertThat(layer).exists());
    assertThat(images.history("two:1")).isEmpty();
    assertThat(images.inspect(image.id().shortHex()).name()).endsWith("two:1");
  }

  @Test
  void sizesTellSharedFromUnique() {
    byte[] base = new TarBytes().file("base", "12345").toBytes();
    layered(images.library(), "a:1", base);
    layered(images.library(), "b:1", base, new TarBytes().file("more", "123").toBytes());
    new LayeredImageStore(images.library()).list();
    assertThat(images.list())
        .extracting(Images.Summary::sharedBytes, Images.Summary::uniqueBytes)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(5L, 0L),
            org.assertj.core.groups.Tuple.tuple(5L, 3L));
  }

  @Test
  void flippedBitInALayerIsFoundBeforeItRuns() throws IOException {
    StoredImage image =
        layered(images.library(), "a:1", new TarBytes().file("f", "x".repeat(100_000)).toBytes());
    Path blob = images.library().content().file(image.content().layers().get(0).digest());
    byte[] bytes = Files.readAllBytes(blob);
    bytes[bytes.length / 2] ^= 1;
    Files.write(blob, bytes);
    assertThatThrownBy(() -> new LayeredImageStore(images.library()).find("a:1"))
        .isInstanceOfSatisfying(
            ImageFault.class, e -> assertThat(e.kind()).isEqualTo(ImageFault.Kind.CORRUPT));
    assertThat(directory.resolve("images/layers")).isEmptyDirectory();
    assertThat(directory.resolve("images/staging")).isEmptyDirectory();
  }

  @Test
  void layerThatWasNotSettledBeforeTheMachineWasLostIsUnpackedAgain() throws IOException {
    layered(images.library(), "a:1", new TarBytes().file("f", "x").toBytes());
    Path layer = freshStore().find("a:1").orElseThrow().layers().get(0);
    pretendThatTheMachineBootedAgain(layer);
    Files.writeString(layer.resolve("f"), "torn");
    assertThat(freshStore().find("a:1").orElseThrow().layers().get(0).resolve("f")).hasContent("x");
    images.library().layers().settle();
    pretendThatTheMachineBootedAgain(layer);
    Files.writeString(layer.resolve("f"), "kept");
    assertThat(freshStore().find("a:1").orElseThrow().layers().get(0).resolve("f"))
        .hasContent("kept");
  }

  private LayeredImageStore freshStore() {
    return new LayeredImageStore(images.library());
  }

  private static void pretendThatTheMachineBootedAgain(Path layer) throws IOException {
    Path info = layer.resolveSibling("layer.json");
    String text = Files.readString(info);
    Files.writeString(info, text.replaceAll("\"bootId\":\"[^\"]*\"", "\"bootId\":\"before\""));
  }

  @Test
  void layerWithAnotherDiffIdIsRefused() {
    byte[] tar = new TarBytes().file("f", "x").toBytes();
    StoredImage image = layered(images.library(), "a:1", tar);
    try (Lease lease = images.library().lease()) {
      assertThatThrownBy(
              () ->
                  images
                      .library()
                      .layers()
                      .unpack(
                          image.content().layers().get(0).digest(),
                          List.of(Digest.of(new byte[] {1})),
                          lease))
          .hasMessageContaining("the config says");
    }
  }

  @Test
  void decompressionBombIsStopped() {
    byte[] bomb = TarBytes.gzipZeros(1100);
    try (Lease lease = images.library().lease()) {
      Digest digest = Digest.of(bomb);
      images.library().content().put(digest, new ByteArrayInputStream(bomb), bomb.length, lease);
      assertThatThrownBy(() -> images.library().layers().unpack(digest, List.of(digest), lease))
          .hasMessageContaining("a decompression bomb");
    }
  }

  @Test
  void fullDiskCollectsOnlyWhatCanBePulledAgain() {
    layered(images.library(), "mine:1", new TarBytes().file("f", "x").toBytes());
    StoredImage pulled =
        layered(images.library(), "theirs:1", new TarBytes().file("g", "x").toBytes());
    References names = images.library().references();
    names.set(
        names
            .find(ImageName.parse("theirs:1"))
            .orElseThrow()
            .withSource(References.Source.REGISTRY));
    assertThat(images.collect(0.85, 0.80, () -> 0.80)).isEmpty();
    assertThat(images.collect(0.85, 0.80, () -> 0.90))
        .containsExactly("docker.io/library/theirs:1");
    assertThat(images.list()).extracting(Images.Summary::name).containsExactly("mine:1");
  }
}
