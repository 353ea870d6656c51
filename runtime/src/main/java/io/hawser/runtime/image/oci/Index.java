package io.hawser.runtime.image.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.hawser.runtime.image.ImageFault;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The same image for several platforms; Docker calls it a manifest list. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Index(
    int schemaVersion,
    String mediaType,
    List<Descriptor> manifests,
    Map<String, String> annotations) {
  public Index {
    if (schemaVersion != 2) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT,
          "an index has schemaVersion " + schemaVersion + "; only 2 is supported");
    }
    manifests = manifests == null ? List.of() : List.copyOf(manifests);
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }

  public static Index of(List<Descriptor> manifests) {
    return new Index(2, MediaTypes.OCI_INDEX, manifests, Map.of());
  }

  /** The manifest for a machine, or none. One without a platform serves when it stands alone. */
  public Optional<Descriptor> choose(Platform machine) {
    Optional<Descriptor> match =
        manifests.stream()
            .filter(m -> m.platform() != null && m.platform().runsOn(machine))
            .findFirst();
    if (match.isPresent() || manifests.size() != 1 || manifests.get(0).platform() != null) {
      return match;
    }
    return Optional.of(manifests.get(0));
  }

  /** The manifest for a machine; the error lists what there is. */
  public Descriptor require(Platform machine, String image) {
    return choose(machine)
        .orElseThrow(
            () ->
                new ImageFault(
                    image + " has no manifest for " + machine + "; it has " + platforms(),
                    architectures()));
  }

  private Set<String> architectures() {
    return manifests.stream()
        .map(Descriptor::platform)
        .filter(p -> p != null && p.os().equals("linux"))
        .map(Platform::architecture)
        .collect(Collectors.toSet());
  }

  private String platforms() {
    return manifests.isEmpty()
        ? "none at all"
        : manifests.stream()
            .map(m -> m.platform() == null ? "one without a platform" : m.platform().toString())
            .distinct()
            .limit(20)
            .collect(Collectors.joining(", "));
  }
}
