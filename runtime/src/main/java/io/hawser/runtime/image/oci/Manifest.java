package io.hawser.runtime.image.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.hawser.runtime.image.ImageFault;
import java.util.List;
import java.util.Map;

/** One image for one platform: its config and its layers, lowest first. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Manifest(
    int schemaVersion,
    String mediaType,
    Descriptor config,
    List<Descriptor> layers,
    Map<String, String> annotations) {
  /** More layers than overlay mounts can stack; Docker's own bound is 127. */
  public static final int MAX_LAYERS = 500;

  public Manifest {
    if (schemaVersion != 2) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT,
          "a manifest has schemaVersion " + schemaVersion + "; only 2 is supported");
    }
    if (config == null) {
      throw new ImageFault(ImageFault.Kind.BAD_INPUT, "a manifest has no config");
    }
    layers = layers == null ? List.of() : List.copyOf(layers);
    if (layers.size() > MAX_LAYERS) {
      throw new ImageFault(
          ImageFault.Kind.TOO_LARGE,
          "a manifest has " + layers.size() + " layers; at most " + MAX_LAYERS + " are allowed");
    }
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }

  /** A manifest of OCI's media type. */
  public static Manifest of(Descriptor config, List<Descriptor> layers) {
    return new Manifest(2, MediaTypes.OCI_MANIFEST, config, layers, Map.of());
  }
}
