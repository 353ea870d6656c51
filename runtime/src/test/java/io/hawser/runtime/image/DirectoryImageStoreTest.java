package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.ImageStore;
import io.hawser.runtime.ImageStore.Image;
import io.hawser.runtime.ImageStore.ImageConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryImageStoreTest {
  private static final ImageConfig CONFIG =
      new ImageConfig(List.of("/bin/app"), List.of("-x"), List.of("A=b"), "/srv", "1000", "");

  @TempDir Path directory;
  private Path root;
  private ImageStore store;

  @BeforeEach
  void fill() throws IOException {
    root = Files.createDirectories(directory.resolve("root"));
    Files.createDirectory(root.resolve("bin"));
    Files.writeString(root.resolve("bin/app"), "program");
    Files.setPosixFilePermissions(
        root.resolve("bin/app"), PosixFilePermissions.fromString("rwxr-x--x"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("/absolute/elsewhere"));
    Files.createLink(root.resolve("hard"), root.resolve("bin/app"));
    store = ImageStore.open(directory.resolve("store"));
  }

  @Test
  void copyKeepsContentModesAndLinks() throws IOException {
    Image image = store.importDirectory("web:1", root, CONFIG);
    Path copy = image.root().resolve("bin/app");
    assertThat(copy).content().isEqualTo("program");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
        .isEqualTo("rwxr-x--x");
    assertThat(Files.readSymbolicLink(image.root().resolve("link")))
        .isEqualTo(Path.of("/absolute/elsewhere"));
    assertThat(Files.getAttribute(image.root().resolve("hard"), "unix:ino"))
        .isEqualTo(Files.getAttribute(copy, "unix:ino"));
    assertThat(image.sizeBytes()).isEqualTo("program".length());
    assertThat(image.config()).isEqualTo(CONFIG);
  }

  @Test
  void rootIsReadableEvenWhenTheSourceWasATemporaryDirectory() throws IOException {
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
    Image image = store.importDirectory("web:1", root, CONFIG);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(image.root())))
        .isEqualTo("rwxr-xr-x");
  }

  @Test
  void sameContentHasTheSameDigestAndIsStoredOnce() throws IOException {
    Image one = store.importDirectory("web:1", root, CONFIG);
    Image two = store.importDirectory("web:2", root, CONFIG);
    assertThat(two.digest()).isEqualTo(one.digest()).startsWith("sha256:");
    assertThat(two.root()).isEqualTo(one.root());
    try (var images = Files.list(directory.resolve("store/images"))) {
      assertThat(images).hasSize(1);
    }
    assertThat(store.list()).extracting(Image::reference).containsExactly("web:1", "web:2");
  }

  @Test
  void anyChangeChangesTheDigest() throws IOException {
    String before = store.importDirectory("web:1", root, CONFIG).digest();
    ImageConfig otherConfig = new ImageConfig(List.of(), List.of(), List.of(), "", "", "");
    assertThat(store.importDirectory("web:1", root, otherConfig).digest()).isNotEqualTo(before);
    Files.setPosixFilePermissions(
        root.resolve("bin/app"), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(store.importDirectory("web:1", root, CONFIG).digest()).isNotEqualTo(before);
  }

  @Test
  void newerImportMovesTheReference() throws IOException {
    Image old = store.importDirectory("web", root, CONFIG);
    Files.writeString(root.resolve("new"), "x");
    Image newer = store.importDirectory("web:latest", root, CONFIG);
    assertThat(store.find("web")).contains(newer);
    assertThat(old.root()).isDirectory(); // containers may still use it
  }

  @Test
  void missingTagMeansLatest() {
    store.importDirectory("registry.local:5000/team/web", root, CONFIG);
    assertThat(store.find("registry.local:5000/team/web:latest")).isPresent();
    assertThat(store.find("web")).isEmpty();
    assertThat(Reference.normalize("a/b")).isEqualTo("a/b:latest");
  }

  @Test
  void badReferenceIsRefusedByName() {
    for (String bad :
        List.of("", "../../etc", "web:1:2", "web tag", "-x", "web:" + "t".repeat(300))) {
      assertThatThrownBy(() -> store.find(bad)).hasMessageContaining("image reference \"" + bad);
    }
  }

  @Test
  void tornFilesReadAsMissing() throws IOException {
    store.importDirectory("web:1", root, CONFIG);
    Files.writeString(directory.resolve("store/refs/web%3A1.json"), "{\"refer");
    assertThat(store.find("web:1")).isEmpty();
    assertThat(store.list()).isEmpty();
    assertThat(store.importDirectory("web:1", root, CONFIG).reference()).isEqualTo("web:1");
    assertThat(store.find("web:1")).isPresent();
  }

  @Test
  void nothingTemporaryStays() {
    store.importDirectory("web:1", root, CONFIG);
    store.importDirectory("web:1", root, CONFIG);
    assertThat(directory.resolve("store/tmp")).isEmptyDirectory();
  }
}
