package io.hawser.runtime.image.layer;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.oci.OciJson;
import io.hawser.runtime.image.store.BootId;
import io.hawser.runtime.image.store.ContentStore;
import io.hawser.runtime.image.store.DurableFiles;
import io.hawser.runtime.image.store.Lease;
import io.hawser.runtime.image.store.StoreLayout;
import io.hawser.runtime.image.store.StoreLock;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Unpacked layers, each once, shared by all images that have it. A layer that stands for itself is
 * found by its diff id; one that took something from the layers below, by its chain id.
 *
 * <p>A killed process loses nothing, for the kernel has what was written. A lost machine may: so a
 * layer counts only until the next boot, unless {@link #settle} has brought it to the disk, and is
 * unpacked again from its blob, which was synced. That keeps the disk's latency out of every start.
 */
public final class LayerStore {
  /** Longest wait for another thread or process that unpacks the same layer. */
  public static final Duration UNPACK_PATIENCE = Duration.ofMinutes(60);

  private static final String FILES = "fs";
  private static final String INFO = "layer.json";
  private static final String SETTLED = "settled";
  private static final String ALONE = "d-";
  private static final String CHAINED = "c-";

  /** 128 bits of the digest: an overlay mount's options, all paths together, must fit a page. */
  private static final int NAME_DIGITS = 32;

  private static final int PIECE_BYTES = 128 << 10;

  private final StoreLayout layout;
  private final ContentStore content;
  private final UnpackLimits limits;

  public LayerStore(StoreLayout layout, ContentStore content, UnpackLimits limits) {
    this.layout = layout;
    this.content = content;
    this.limits = limits;
  }

  /**
   * An unpacked layer.
   *
   * @param directory goes into an overlay mount as it is; never written
   * @param sizeBytes of its files
   */
  public record Layer(Digest diffId, Path directory, long entries, long sizeBytes) {}

  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Info(Digest diffId, long entries, long sizeBytes, String bootId) {}

  /**
   * The name of a layer with all below it; source: OCI image specification, config.md, "Layer
   * ChainID".
   *
   * @param diffIds lowest first
   */
  public static Digest chainId(List<Digest> diffIds) {
    Digest chain = diffIds.get(0);
    for (Digest diffId : diffIds.subList(1, diffIds.size())) {
      chain = Digest.of((chain + " " + diffId).getBytes(StandardCharsets.US_ASCII));
    }
    return chain;
  }

  /** The directory names that layers of this image can have. */
  public static List<String> directoryNames(List<Digest> diffIds) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < diffIds.size(); i++) {
      names.add(aloneName(diffIds.get(i)));
      names.add(chainedName(diffIds.subList(0, i + 1)));
    }
    return names;
  }

  private static String aloneName(Digest diffId) {
    return ALONE + diffId.hex().substring(0, NAME_DIGITS);
  }

  private static String chainedName(List<Digest> diffIds) {
    return CHAINED + chainId(diffIds).hex().substring(0, NAME_DIGITS);
  }

  /**
   * The uppermost of some layers, if it is unpacked.
   *
   * @param diffIds lowest first
   */
  public Optional<Layer> find(List<Digest> diffIds) {
    Digest diffId = diffIds.get(diffIds.size() - 1);
    Optional<Layer> alone = read(aloneName(diffId));
    Optional<Layer> found = alone.isPresent() ? alone : read(chainedName(diffIds));
    return found.filter(layer -> layer.diffId().equals(diffId));
  }

  /** All layers of an image, lowest first, or none when one is missing. */
  public Optional<List<Layer>> findAll(List<Digest> diffIds) {
    List<Layer> layers = new ArrayList<>();
    for (int i = 1; i <= diffIds.size(); i++) {
      Optional<Layer> layer = find(diffIds.subList(0, i));
      if (layer.isEmpty()) {
        return Optional.empty();
      }
      layers.add(layer.get());
    }
    return Optional.of(layers);
  }

  /**
   * Unpacks the uppermost of some layers unless that was done. Both its digests are verified before
   * it can be seen.
   *
   * @param blob the layer as it came
   * @param diffIds lowest first; those below must be unpacked
   */
  public Layer unpack(Digest blob, List<Digest> diffIds, Lease lease) {
    Digest diffId = diffIds.get(diffIds.size() - 1);
    lease.hold(diffId);
    Optional<Layer> done = find(diffIds);
    if (done.isPresent()) {
      return done.get();
    }
    try (StoreLock lock = StoreLock.take(layout.lockFor("layer", diffId), UNPACK_PATIENCE)) {
      done = find(diffIds);
      return done.isPresent() ? done.get() : unpackNow(blob, diffIds, below(diffIds), lease);
    } catch (IOException e) {
      throw ImageFault.of("can't unpack the layer " + blob, e);
    }
  }

  /**
   * Unpacks a layer whose lower layers may be still on their way.
   *
   * @return none when the layer needs them; nothing was stored then
   */
  public Optional<Layer> unpackAlone(Digest blob, Digest diffId, Lease lease) {
    lease.hold(diffId);
    try (StoreLock lock = StoreLock.take(layout.lockFor("layer", diffId), UNPACK_PATIENCE)) {
      Optional<Layer> done = read(aloneName(diffId));
      return done.isPresent() ? done : Optional.of(unpackNow(blob, List.of(diffId), null, lease));
    } catch (LayerUnpacker.NeedsParents e) {
      return Optional.empty();
    } catch (IOException e) {
      throw ImageFault.of("can't unpack the layer " + blob, e);
    }
  }

  private Layer unpackNow(Digest blob, List<Digest> diffIds, ImageTree below, Lease lease)
      throws IOException {
    Digest diffId = diffIds.get(diffIds.size() - 1);
    Path staged = lease.stage("unpack");
    Files.createDirectory(staged);
    Files.createDirectory(staged.resolve(FILES));
    LayerUnpacker.Unpacked unpacked;
    try (Dir root = Dir.open(staged.resolve(FILES))) {
      root.attributes(0, 0, 0755, false);
      unpacked = unpackVerified(blob, diffId, root, below);
    } catch (ImageFault e) {
      throw new ImageFault(e.kind(), "layer " + blob + ": " + e.getMessage(), e);
    }
    Info info = new Info(diffId, unpacked.entries(), unpacked.bytes(), BootId.CURRENT);
    Files.write(staged.resolve(INFO), OciJson.write(info));
    String name = unpacked.usesParents() ? chainedName(diffIds) : aloneName(diffId);
    Path target = layout.layers().resolve(name);
    if (Files.exists(target)) {
      // From before the machine was lost.
      Files.move(target, lease.stage("old"));
    }
    Files.move(staged, target);
    return read(name).orElseThrow();
  }

  /** The directories of chained layers whose uppermost diff id is one of these. */
  public List<String> heldChains(java.util.Set<Digest> diffIds) {
    List<String> names = new ArrayList<>();
    for (Path directory : DurableFiles.entries(layout.layers())) {
      String name = directory.getFileName().toString();
      if (name.startsWith(CHAINED)
          && read(name).filter(layer -> diffIds.contains(layer.diffId())).isPresent()) {
        names.add(name);
      }
    }
    return names;
  }

  private ImageTree below(List<Digest> diffIds) {
    List<Path> directories = new ArrayList<>();
    for (int i = diffIds.size() - 1; i >= 1; i--) {
      List<Digest> chain = diffIds.subList(0, i);
      Layer layer =
          find(chain)
              .orElseThrow(
                  () ->
                      new ImageFault(
                          ImageFault.Kind.STORE,
                          "the layer below, " + chain.get(chain.size() - 1) + ", is missing"));
      directories.add(layer.directory());
    }
    return new ImageTree(directories);
  }

  private LayerUnpacker.Unpacked unpackVerified(
      Digest blob, Digest diffId, Dir root, ImageTree below) throws IOException {
    MessageDigest hasher = diffId.hasher();
    try (InputStream packed = content.openUnverified(blob)) {
      Counting packedCount = new Counting(packed);
      InputStream plain = Compression.unpack(packedCount);
      RatioGuard guarded = new RatioGuard(plain, packedCount);
      DigestInputStream hashed = new DigestInputStream(guarded, hasher);
      // Hashing and inflating go by large pieces, whatever the size of headers and files.
      InputStream pieces = new BufferedInputStream(hashed, PIECE_BYTES);
      LayerUnpacker.Unpacked unpacked = LayerUnpacker.unpack(pieces, root, below, limits);
      drain(hashed);
      Digest actual = Digest.finish(diffId.algorithm(), hasher);
      if (!actual.equals(diffId)) {
        throw new ImageFault(
            ImageFault.Kind.CORRUPT,
            "its unpacked content has the digest " + actual + ", the config says " + diffId);
      }
      return unpacked;
    } catch (ImageFault e) {
      // The content's digest covers all that runs; the blob's own is asked only to tell who erred.
      boolean missing = e.kind() == ImageFault.Kind.NOT_FOUND;
      throw missing || content.isSound(blob) ? e : damaged(e);
    } catch (java.util.zip.ZipException | java.io.EOFException e) {
      throw broken(blob, e);
    } catch (com.github.luben.zstd.ZstdIOException e) {
      throw broken(blob, e);
    }
  }

  /** Bad packing is either damage here, which the digest tells, or came so. */
  private ImageFault broken(Digest blob, IOException e) {
    return content.isSound(blob)
        ? new ImageFault(ImageFault.Kind.CORRUPT, "it was packed wrongly: " + e.getMessage(), e)
        : damaged(e);
  }

  private static ImageFault damaged(Exception e) {
    return new ImageFault(
        ImageFault.Kind.CORRUPT,
        "it was damaged on this machine's disk, and was set aside: " + e.getMessage(),
        e);
  }

  /**
   * Brings what was pulled and unpacked since the last call to the disk, in one go, so that it need
   * not be had again should the machine be lost. Waits for the disk; call it now and then.
   */
  public void settle() {
    List<Path> blobs = content.unsettled().list();
    List<Path> unsettled = new ArrayList<>();
    for (Path directory : DurableFiles.entries(layout.layers())) {
      boolean whole = read(directory.getFileName().toString()).isPresent();
      if (whole && !Files.exists(directory.resolve(SETTLED))) {
        unsettled.add(directory);
      }
    }
    if (unsettled.isEmpty() && blobs.isEmpty()) {
      return;
    }
    try (Dir layers = Dir.open(layout.layers())) {
      layers.syncFileSystem();
      content.unsettled().settled(blobs);
      for (Path directory : unsettled) {
        Files.write(directory.resolve(SETTLED), new byte[0]);
      }
    } catch (NoSuchFileException e) {
      // Collected meanwhile.
    } catch (IOException e) {
      throw ImageFault.of("can't settle the unpacked layers", e);
    }
  }

  private static void drain(InputStream in) throws IOException {
    byte[] buffer = new byte[64 << 10];
    while (in.read(buffer) >= 0) {
      // What follows the archive belongs to the digest.
    }
  }

  private Optional<Layer> read(String name) {
    Path directory = layout.layers().resolve(name);
    try {
      byte[] bytes = Files.readAllBytes(directory.resolve(INFO));
      boolean settled = Files.exists(directory.resolve(SETTLED));
      if (!settled && !new String(bytes, StandardCharsets.UTF_8).contains(BootId.CURRENT)) {
        return Optional.empty();
      }
      Info info = OciJson.read(bytes, Info.class, "the layer " + directory);
      return Optional.of(
          new Layer(info.diffId(), directory.resolve(FILES), info.entries(), info.sizeBytes()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw ImageFault.of("can't read " + directory, e);
    }
  }

  private static final class Counting extends FilterInputStream {
    private long count;

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      count += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = in.read(buffer, offset, length);
      count += Math.max(n, 0);
      return n;
    }
  }

  /** Stops a decompression bomb while it goes off. */
  private final class RatioGuard extends FilterInputStream {
    private final Counting packed;
    private long count;

    RatioGuard(InputStream plain, Counting packed) {
      super(plain);
      this.packed = packed;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = in.read(buffer, offset, length);
      count += Math.max(n, 0);
      // Besides files there are headers; what no entry accounts for is bounded as well.
      if (count > limits.ratioFloorBytes() && count / limits.maxRatio() > packed.count
          || count / 2 > limits.maxBytes()) {
        throw new ImageFault(
            ImageFault.Kind.TOO_LARGE,
            packed.count + " packed bytes gave " + count + "; a decompression bomb");
      }
      return n;
    }
  }
}
