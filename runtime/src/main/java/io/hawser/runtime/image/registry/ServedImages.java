package io.hawser.runtime.image.registry;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.ImageLibrary;
import io.hawser.runtime.image.ImageName;
import io.hawser.runtime.image.archive.ImageBlobs;
import io.hawser.runtime.image.oci.OciJson;
import io.hawser.runtime.image.store.References;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers the reading half of the OCI distribution API from a node's own store, so that other nodes
 * use this one as a mirror: {@code /v2/<registry>/<repository>/…}. Carries no HTTP itself; whoever
 * does must have asked for the caller's authority first.
 */
public final class ServedImages {
  private static final Pattern PATH =
      Pattern.compile("/v2/([^/]+)/(.+)/(manifests|blobs)/([A-Za-z0-9_][A-Za-z0-9_.:-]*)");
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-");

  private final ImageLibrary library;

  public ServedImages(ImageLibrary library) {
    this.library = library;
  }

  /**
   * An answer to send.
   *
   * @param file what the body is, from {@code offset} for {@code length} bytes; empty: no body
   */
  public record Answer(
      int status, Map<String, String> headers, Optional<Path> file, long offset, long length) {}

  /**
   * Answers a GET or HEAD; for HEAD the caller leaves the body out.
   *
   * @param path decoded
   * @param range the header, if any
   */
  public Answer answer(String path, Optional<String> range) {
    if (path.equals("/v2/") || path.equals("/v2")) {
      return empty(200);
    }
    Matcher parts = PATH.matcher(path);
    if (!parts.matches()) {
      return empty(404);
    }
    try {
      boolean manifest = parts.group(3).equals("manifests");
      Optional<Digest> digest =
          parts.group(4).contains(":")
              ? Optional.of(Digest.parse(parts.group(4)))
              : tagged(parts.group(1), parts.group(2), parts.group(4), manifest);
      return digest
          .filter(library.content()::has)
          .filter(d -> !manifest || !isSecret(d))
          .map(d -> content(d, manifest, range))
          .orElseGet(() -> empty(404));
    } catch (ImageFault e) {
      return empty(e.kind() == ImageFault.Kind.BAD_INPUT ? 400 : 404);
    }
  }

  private Optional<Digest> tagged(
      String registry, String repository, String tag, boolean manifest) {
    if (!manifest) {
      return Optional.empty();
    }
    ImageName name = new ImageName(registry, repository, Optional.of(tag), Optional.empty());
    return library
        .references()
        .find(name)
        .filter(reference -> !reference.isPrivate())
        .map(reference -> reference.target().digest());
  }

  /**
   * What was pulled with a credential is not passed on: the other node could not ask its pods for
   * theirs. Without its manifest nobody knows the names of its blobs.
   */
  private boolean isSecret(Digest digest) {
    boolean secret = false;
    for (References.Reference reference : library.references().list()) {
      boolean match =
          reference.target().digest().equals(digest)
              || library.content().has(reference.target().digest())
                  && ImageBlobs.children(library, reference.target()).stream()
                      .anyMatch(child -> child.digest().equals(digest));
      if (match && !reference.isPrivate()) {
        return false;
      }
      secret |= match;
    }
    return secret;
  }

  private Answer content(Digest digest, boolean manifest, Optional<String> range) {
    long size = library.content().size(digest).orElse(0L);
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Docker-Content-Digest", digest.toString());
    headers.put(
        "Content-Type",
        manifest ? OciJson.mediaTypeOf(library.document(digest), "") : "application/octet-stream");
    long from = range.map(RANGE::matcher).filter(Matcher::matches).map(this::start).orElse(0L);
    if (from > 0 && from >= size) {
      return empty(416);
    }
    if (from > 0) {
      headers.put("Content-Range", "bytes " + from + "-" + (size - 1) + "/" + size);
    }
    Optional<Path> file = Optional.of(library.content().file(digest));
    return new Answer(from > 0 ? 206 : 200, headers, file, from, size - from);
  }

  private long start(Matcher range) {
    return Long.parseLong(range.group(1));
  }

  private static Answer empty(int status) {
    return new Answer(status, Map.of(), Optional.empty(), 0, 0);
  }
}
