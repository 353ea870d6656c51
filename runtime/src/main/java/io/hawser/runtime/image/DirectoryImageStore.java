package io.hawser.runtime.image;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hawser.runtime.ImageStore;
import io.hawser.runtime.RuntimeFault;
import io.hawser.runtime.files.TreeRemoval;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Images as directories: {@code images/<digest>/{rootfs,image.json}} by content, and {@code
 * refs/<reference>.json} pointing there. Both appear by a rename, so processes that share the store
 * never see half an image; a crash leaves at most a directory in {@code tmp}.
 */
public final class DirectoryImageStore implements ImageStore {
  private record StoredImage(ImageConfig config, long sizeBytes) {}

  private record StoredReference(String reference, String digest) {}

  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private final Path directory;
  private final Map<String, StoredImage> loaded = new ConcurrentHashMap<>();

  private DirectoryImageStore(Path directory) {
    this.directory = directory;
  }

  public static ImageStore open(Path directory) {
    try {
      for (String name : List.of("images", "refs", "tmp")) {
        Files.createDirectories(directory.resolve(name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("image store " + directory + " can't be made: " + e, e);
    }
    return new DirectoryImageStore(directory.toAbsolutePath());
  }

  @Override
  public Image importDirectory(String reference, Path root, ImageConfig config) {
    String name = Reference.normalize(reference);
    if (!Files.isDirectory(root)) {
      throw new RuntimeFault("ErrImageImport", "image root " + root + " is not a directory", null);
    }
    Path temporary = directory.resolve("tmp").resolve(UUID.randomUUID().toString());
    try {
      Files.createDirectory(temporary);
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      TreeCopy digested = new TreeCopy(digest);
      digested.addText(JSON.writeValueAsString(config));
      digested.copy(root, temporary.resolve("rootfs"));
      String hex = HexFormat.of().formatHex(digest.digest());
      StoredImage stored = new StoredImage(config, digested.sizeBytes());
      Files.write(temporary.resolve("image.json"), JSON.writeValueAsBytes(stored));
      publish(temporary, directory.resolve("images").resolve(hex));
      writeReference(new StoredReference(name, "sha256:" + hex));
      return load(name, "sha256:" + hex).orElseThrow();
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new RuntimeFault("ErrImageImport", "import of " + root + " failed: " + e, e);
    } finally {
      TreeRemoval.delete(temporary);
    }
  }

  /** The same content may be there already, or come from another process at this moment. */
  private static void publish(Path temporary, Path image) throws IOException {
    try {
      if (!Files.exists(image)) {
        Files.move(temporary, image, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      if (!Files.exists(image.resolve("image.json"))) {
        throw e;
      }
    }
  }

  private void writeReference(StoredReference reference) throws IOException {
    Path next = directory.resolve("tmp").resolve(UUID.randomUUID() + ".json");
    Files.write(next, JSON.writeValueAsBytes(reference));
    try (FileChannel file = FileChannel.open(next, StandardOpenOption.WRITE)) {
      file.force(true); // unlike the images' content, which a new import repairs, a name is small
    }
    Files.move(
        next,
        referenceFile(reference.reference),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private Path referenceFile(String normalized) {
    String name = URLEncoder.encode(normalized, StandardCharsets.UTF_8);
    return directory.resolve("refs").resolve(name + ".json");
  }

  @Override
  public Optional<Image> find(String reference) {
    String name = Reference.normalize(reference);
    int at = name.indexOf("@sha256:");
    if (at >= 0) {
      return load(name, name.substring(at + 1));
    }
    return readReference(referenceFile(name)).flatMap(r -> load(r.reference, r.digest));
  }

  @Override
  public List<Image> list() {
    List<Image> images = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.resolve("refs"))) {
      for (Path file : files) {
        readReference(file).flatMap(r -> load(r.reference, r.digest)).ifPresent(images::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("image store " + directory + " is not readable", e);
    }
    images.sort(Comparator.comparing(Image::reference));
    return images;
  }

  private static Optional<StoredReference> readReference(Path file) {
    try {
      return Optional.of(JSON.readValue(file.toFile(), StoredReference.class));
    } catch (IOException e) { // missing, or torn by a crash of the machine: as if never imported
      return Optional.empty();
    }
  }

  private Optional<Image> load(String reference, String digest) {
    Path image = directory.resolve("images").resolve(digest.substring("sha256:".length()));
    try {
      StoredImage stored = JSON.readValue(image.resolve("image.json").toFile(), StoredImage.class);
      return Optional.of(
          new Image(reference, digest, image.resolve("rootfs"), stored.config, stored.sizeBytes));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
