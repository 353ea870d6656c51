package io.hawser.runtime.image.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import java.util.List;
import java.util.Map;

/**
 * Points to content; source: OCI image specification, descriptor.md.
 *
 * @param size bytes
 * @param platform in an index, what the manifest is for; may be null
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Descriptor(
    String mediaType,
    Digest digest,
    @JsonInclude(JsonInclude.Include.ALWAYS) long size,
    List<String> urls,
    Map<String, String> annotations,
    Platform platform) {
  public Descriptor {
    if (digest == null) {
      throw new ImageFault(ImageFault.Kind.BAD_INPUT, "a descriptor has no digest");
    }
    if (size < 0) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT, "the descriptor of " + digest + " has the size " + size);
    }
    mediaType = mediaType == null ? "" : mediaType;
    urls = urls == null ? List.of() : List.copyOf(urls);
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }

  public Descriptor(String mediaType, Digest digest, long size) {
    this(mediaType, digest, size, List.of(), Map.of(), null);
  }

  public Descriptor withPlatform(Platform newPlatform) {
    return new Descriptor(mediaType, digest, size, urls, annotations, newPlatform);
  }

  public Descriptor withAnnotations(Map<String, String> newAnnotations) {
    return new Descriptor(mediaType, digest, size, urls, newAnnotations, platform);
  }
}
