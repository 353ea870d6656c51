package io.hawser.runtime.image.registry;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.ImageLibrary;
import io.hawser.runtime.image.ImageName;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.archive.ImageBlobs;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.MediaTypes;
import io.hawser.runtime.image.registry.TransferProgress.Stage;
import io.hawser.runtime.image.store.Lease;
import io.hawser.runtime.image.store.References;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Sends images to their registry; source: OCI distribution specification, "Push". */
public final class Pusher {
  /** Blobs above this go in pieces, so that a broken connection costs one piece. */
  public static final int CHUNK_BYTES = 16 << 20;

  private static final String ACTIONS = "pull,push";

  private final ImageLibrary library;
  private final RegistryHttp http;
  private final int chunkBytes;

  public Pusher(ImageLibrary library, RegistrySettings settings) {
    this(library, settings, CHUNK_BYTES);
  }

  Pusher(ImageLibrary library, RegistrySettings settings, int chunkBytes) {
    this.library = library;
    this.http = new RegistryHttp(settings);
    this.chunkBytes = chunkBytes;
  }

  /**
   * Pushes an image under a name. An index goes whole when all its platforms are here, else only
   * this machine's manifest.
   *
   * @return what the name stands for in the registry now
   */
  public Descriptor push(StoredImage image, ImageName name, TransferProgress progress) {
    RegistryEndpoint endpoint = RegistryEndpoint.own(name, http.settings());
    String doing = "push of " + name.familiar() + " to " + endpoint.host();
    boolean whole = ImageBlobs.isComplete(library, image.target());
    Descriptor target = whole ? image.target() : image.manifest();
    try (Lease lease = library.lease()) {
      new Push(endpoint, name, doing, lease, progress)
          .document(target, name.tag().orElse(target.digest().toString()));
      library
          .references()
          .find(name)
          .filter(known -> known.target().digest().equals(image.target().digest()))
          .ifPresent(
              known -> library.references().set(known.withSource(References.Source.REGISTRY)));
      return target;
    }
  }

  /** One push. */
  private final class Push {
    private final RegistryEndpoint endpoint;
    private final ImageName name;
    private final String doing;
    private final Lease lease;
    private final TransferProgress progress;
    private final Set<Digest> sent = new HashSet<>();

    Push(
        RegistryEndpoint endpoint,
        ImageName name,
        String doing,
        Lease lease,
        TransferProgress progress) {
      this.endpoint = endpoint;
      this.name = name;
      this.doing = doing;
      this.lease = lease;
      this.progress = progress;
    }

    void document(Descriptor target, String reference) {
      lease.hold(target.digest());
      for (Descriptor child : ImageBlobs.children(library, target)) {
        if (!sent.add(child.digest())) {
          continue;
        }
        if (MediaTypes.isIndex(child.mediaType()) || MediaTypes.isManifest(child.mediaType())) {
          document(child, child.digest().toString());
        } else {
          blob(child);
        }
      }
      byte[] bytes = library.document(target.digest());
      RegistryHttp.Call call =
          call(
              () ->
                  HttpRequest.newBuilder(endpoint.uri("manifests/" + reference))
                      .setHeader("Content-Type", target.mediaType())
                      .PUT(BodyPublishers.ofByteArray(bytes)));
      expect(call, http.send(call), 201);
    }

    private void blob(Descriptor blob) {
      lease.hold(blob.digest());
      if (isThere(blob.digest()) || mounted(blob.digest())) {
        progress.at(blob.digest(), Stage.PRESENT, blob.size(), blob.size());
        return;
      }
      RetryPolicy retry = http.settings().retry();
      for (int attempt = 1; ; attempt++) {
        try {
          upload(blob);
          break;
        } catch (IOException e) {
          if (attempt >= retry.attempts()) {
            throw http.unreachable(call(() -> null), e);
          }
          RegistryHttp.pause(retry.pause(attempt, java.time.Duration.ZERO));
        }
      }
      progress.at(blob.digest(), Stage.MOVED, blob.size(), blob.size());
    }

    private boolean isThere(Digest digest) {
      RegistryHttp.Call call =
          call(
              () ->
                  HttpRequest.newBuilder(endpoint.uri("blobs/" + digest))
                      .method("HEAD", BodyPublishers.noBody()));
      HttpResponse<InputStream> response = http.send(call);
      if (response.statusCode() == 200) {
        close(response);
        return true;
      }
      if (response.statusCode() == 404) {
        close(response);
        return false;
      }
      throw http.refusal(call, response);
    }

    /** Another repository of the same registry may have the blob: then nothing has to travel. */
    private boolean mounted(Digest digest) {
      Optional<String> from = otherRepository(digest);
      if (from.isEmpty()) {
        return false;
      }
      String query = "blobs/uploads/?mount=" + digest + "&from=" + from.get();
      RegistryHttp.Call call =
          call(() -> HttpRequest.newBuilder(endpoint.uri(query)).POST(BodyPublishers.noBody()));
      HttpResponse<InputStream> response = http.send(call);
      close(response);
      // 202: an upload was begun instead; it is left to the registry's own clean-up.
      return response.statusCode() == 201;
    }

    private Optional<String> otherRepository(Digest digest) {
      for (StoredImage image : library.list()) {
        ImageName other = ImageName.parse(image.name());
        if (other.registry().equals(name.registry())
            && !other.repository().equals(name.repository())
            && library
                .references()
                .find(other)
                .filter(r -> r.source() == References.Source.REGISTRY)
                .isPresent()
            && image.content().layers().stream().anyMatch(l -> l.digest().equals(digest))) {
          return Optional.of(other.repository());
        }
      }
      return Optional.empty();
    }

    private void upload(Descriptor blob) throws IOException {
      RegistryHttp.Call begin =
          call(
              () ->
                  HttpRequest.newBuilder(endpoint.uri("blobs/uploads/"))
                      .POST(BodyPublishers.noBody()));
      HttpResponse<InputStream> begun = http.send(begin);
      int chunk =
          (int)
              Math.max(
                  chunkBytes,
                  Math.min(
                      begun.headers().firstValueAsLong("OCI-Chunk-Min-Length").orElse(0),
                      Integer.MAX_VALUE / 2));
      URI location = location(begin, begun, 202);
      try (InputStream in = library.content().open(blob.digest())) {
        byte[] piece = in.readNBytes(chunk);
        long sentBytes = 0;
        while (sentBytes + piece.length < blob.size()) {
          location = patch(location, piece, sentBytes);
          sentBytes += piece.length;
          progress.at(blob.digest(), Stage.MOVING, sentBytes, blob.size());
          piece = in.readNBytes(chunk);
          if (piece.length == 0) {
            throw new ImageFault(
                ImageFault.Kind.CORRUPT, blob.digest() + " is shorter than its manifest says");
          }
        }
        in.read();
        finish(location, piece, blob.digest());
      }
    }

    private URI patch(URI location, byte[] piece, long offset) {
      RegistryHttp.Call call =
          call(
              () ->
                  HttpRequest.newBuilder(location)
                      .setHeader("Content-Type", "application/octet-stream")
                      .setHeader("Content-Range", offset + "-" + (offset + piece.length - 1))
                      .method("PATCH", BodyPublishers.ofByteArray(piece)));
      return location(call, http.send(call), 202);
    }

    /** The last piece, or the only one. */
    private void finish(URI location, byte[] piece, Digest digest) {
      String separator = location.getRawQuery() == null ? "?" : "&";
      URI target =
          URI.create(
              location
                  + separator
                  + "digest="
                  + URLEncoder.encode(digest.toString(), StandardCharsets.US_ASCII));
      RegistryHttp.Call call =
          call(
              () ->
                  HttpRequest.newBuilder(target)
                      .setHeader("Content-Type", "application/octet-stream")
                      .PUT(BodyPublishers.ofByteArray(piece)));
      expect(call, http.send(call), 201);
    }

    private URI location(RegistryHttp.Call call, HttpResponse<InputStream> response, int expected) {
      expect(call, response, expected);
      String location =
          response
              .headers()
              .firstValue("Location")
              .orElseThrow(
                  () ->
                      new ImageFault(
                          ImageFault.Kind.REGISTRY_UNAVAILABLE,
                          doing + ": the registry named no place to upload to"));
      URI target = response.uri().resolve(location);
      // A credential goes only where it was meant for.
      if (!RegistryHttp.hostOf(target).equals(RegistryHttp.hostOf(response.uri()))) {
        throw new ImageFault(
            ImageFault.Kind.REGISTRY_UNAVAILABLE,
            doing + ": uploads to another host, " + target.getHost() + ", are not supported");
      }
      return target;
    }

    private void expect(RegistryHttp.Call call, HttpResponse<InputStream> response, int expected) {
      if (response.statusCode() != expected) {
        throw http.refusal(call, response);
      }
      close(response);
    }

    private RegistryHttp.Call call(java.util.function.Supplier<HttpRequest.Builder> request) {
      return new RegistryHttp.Call(endpoint, doing, ACTIONS, request);
    }
  }

  private static void close(HttpResponse<InputStream> response) {
    try (InputStream body = response.body()) {
      // Read to the end, so that the connection serves again.
      body.readNBytes(64 << 10);
    } catch (IOException e) {
      // The answer's head has said all.
    }
  }
}
