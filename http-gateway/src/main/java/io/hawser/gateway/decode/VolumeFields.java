package io.hawser.gateway.decode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.NameRules;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolume.ReclaimPolicy;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.PersistentVolumeClaim.AccessMode;
import io.hawser.model.PodSpec.ClaimSource;
import io.hawser.model.StatefulSet.ClaimRetention;
import io.hawser.model.StatefulSet.ClaimTemplate;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads claims, the templates of claims, and what may be changed in a volume. */
public final class VolumeFields {
  private static final Map<String, AccessMode> MODES =
      Map.of(
          "ReadWriteOnce", AccessMode.READ_WRITE_ONCE,
          "ReadWriteOncePod", AccessMode.READ_WRITE_ONCE_POD);
  private static final List<String> MODE_NAMES = List.of("ReadWriteOnce", "ReadWriteOncePod");
  private static final String POLICY = "persistentVolumeReclaimPolicy";

  private VolumeFields() {}

  /**
   * @param current the claim that is to be changed: its volume may be named, as the API shows it
   */
  public static PersistentVolumeClaim claim(
      ObjectMeta meta, Fields root, Optional<PersistentVolumeClaim> current) {
    PersistentVolumeClaim.Spec spec =
        root.requiredObject("spec", "expected accessModes and resources")
            .map(s -> claimSpec(s, current.flatMap(c -> c.status().volume())))
            .orElse(null);
    return new PersistentVolumeClaim(meta, spec, PersistentVolumeClaim.Status.NONE);
  }

  private static PersistentVolumeClaim.Spec claimSpec(Fields spec, Optional<String> volume) {
    List<AccessMode> modes = accessModes(spec);
    long bytes =
        spec.requiredObject("resources", "expected requests.storage")
            .map(VolumeFields::requestedBytes)
            .orElse(0L);
    String storageClass = PersistentVolumeClaim.LOCAL_CLASS;
    // An empty name would ask for a volume that somebody else makes.
    if (spec.string("storageClassName").filter(name -> !name.equals(storageClass)).isPresent()) {
      spec.causes()
          .notSupported(
              spec.path("storageClassName"),
              spec.string("storageClassName").orElse(""),
              List.of(storageClass));
    }
    spec.oneOf("volumeMode", List.of("Filesystem"));
    Optional<String> named = spec.text("volumeName");
    if (named.isPresent() && !named.equals(volume)) {
      spec.causes()
          .forbidden(
              spec.path("volumeName"),
              "a volume can't be chosen; one is made on the node of the first pod that uses the"
                  + " claim");
    }
    spec.unsupported("selector", "dataSource", "dataSourceRef", "volumeAttributesClassName");
    spec.end();
    return new PersistentVolumeClaim.Spec(modes, bytes, storageClass);
  }

  private static List<AccessMode> accessModes(Fields spec) {
    List<JsonNode> given =
        spec.any("accessModes")
            .filter(JsonNode::isArray)
            .map(VolumeFields::items)
            .orElse(List.of());
    if (given.isEmpty()) {
      spec.causes()
          .required(
              spec.path("accessModes"), "expected a list of " + String.join(", ", MODE_NAMES));
    }
    for (int i = 0; i < given.size(); i++) {
      if (!MODES.containsKey(given.get(i).asText())) {
        spec.causes()
            .notSupported(
                spec.path("accessModes") + "[" + i + "]", given.get(i).asText(), MODE_NAMES);
      }
    }
    if (given.size() > 1 && given.stream().anyMatch(m -> m.asText().equals("ReadWriteOncePod"))) {
      spec.causes()
          .forbidden(
              spec.path("accessModes"), "may not use ReadWriteOncePod with other access modes");
    }
    return given.stream()
        .map(JsonNode::asText)
        .filter(MODES::containsKey)
        .map(MODES::get)
        .distinct()
        .toList();
  }

  private static List<JsonNode> items(JsonNode list) {
    return java.util.stream.StreamSupport.stream(list.spliterator(), false).toList();
  }

  private static long requestedBytes(Fields resources) {
    Optional<Fields> requests =
        resources.requiredObject("requests", "expected storage, a quantity such as \"1Gi\"");
    long bytes = requests.map(VolumeFields::storage).orElse(0L);
    resources.unsupported("limits");
    resources.end();
    return bytes;
  }

  private static long storage(Fields requests) {
    Optional<JsonNode> given = requests.any("storage");
    Optional<Long> bytes = given.flatMap(Quantity::units).filter(b -> b > 0);
    if (given.isEmpty()) {
      requests.causes().required(requests.path("storage"), "expected a quantity such as \"1Gi\"");
    } else if (bytes.isEmpty()) {
      requests
          .causes()
          .invalid(
              requests.path("storage"),
              given.get(),
              "must be a quantity greater than 0, such as \"1Gi\"");
    }
    requests.end();
    return bytes.orElse(0L);
  }

  /**
   * A volume of which only the reclaim policy may be changed, besides its labels and annotations.
   *
   * @param shown the present spec as the API shows it; what the body leaves out stays
   */
  public static PersistentVolume volume(
      ObjectMeta meta, Fields root, PersistentVolume current, ObjectNode shown) {
    ReclaimPolicy policy =
        root.object("spec")
            .flatMap(spec -> policy(spec, shown))
            .map(p -> p.equals("Retain") ? ReclaimPolicy.RETAIN : ReclaimPolicy.DELETE)
            .orElse(current.reclaimPolicy());
    return current.withReclaimPolicy(policy).withMeta(meta);
  }

  private static Optional<String> policy(Fields spec, ObjectNode shown) {
    Optional<String> policy = spec.oneOf(POLICY, List.of("Delete", "Retain"));
    spec.entries()
        .forEach(
            (field, value) -> {
              if (!field.equals(POLICY) && !value.equals(shown.get(field))) {
                spec.causes()
                    .forbidden(
                        spec.path(field), "can't be changed; of a volume's spec only " + POLICY);
              }
            });
    return policy;
  }

  /** A pod's volume that is a claim's. */
  static ClaimSource source(Fields fields) {
    String claim = fields.requiredText("claimName", "expected the name of a claim");
    if (!claim.isEmpty()) {
      NameRules.checkSubdomain(fields.causes(), fields.path("claimName"), claim);
    }
    boolean readOnly = fields.bool("readOnly").orElse(false);
    fields.end();
    return new ClaimSource(claim, readOnly);
  }

  /** A stateful set's templates; their names are the pods' volumes'. */
  static List<ClaimTemplate> templates(Fields set) {
    List<ClaimTemplate> templates = set.objects("volumeClaimTemplates", VolumeFields::template);
    HashSet<String> seen = new HashSet<>();
    for (int i = 0; i < templates.size(); i++) {
      String name = templates.get(i).name();
      if (!name.isEmpty() && !seen.add(name)) {
        String path = set.path("volumeClaimTemplates") + "[" + i + "].metadata.name";
        set.causes().duplicate(path, name);
      }
    }
    return templates;
  }

  private static ClaimTemplate template(Fields template) {
    template.oneOf("apiVersion", List.of("v1"));
    template.oneOf("kind", List.of("PersistentVolumeClaim"));
    Optional<Fields> meta = template.requiredObject("metadata", "expected a name");
    String name = meta.map(m -> m.requiredText("name", "expected the volume's name")).orElse("");
    meta.filter(m -> !name.isEmpty())
        .ifPresent(m -> NameRules.checkLabel(m.causes(), m.path("name"), name));
    Metadata.OfTemplate others = meta.map(Metadata::ofTemplate).orElse(Metadata.OfTemplate.NONE);
    PersistentVolumeClaim.Spec spec =
        template
            .requiredObject("spec", "expected accessModes and resources")
            .map(s -> claimSpec(s, Optional.empty()))
            .orElse(null);
    template.harmless("status");
    template.end();
    return new ClaimTemplate(name, others.labels(), others.annotations(), spec);
  }

  static ClaimRetention retention(Fields set) {
    return set.object("persistentVolumeClaimRetentionPolicy")
        .map(
            policy -> {
              ClaimRetention read =
                  new ClaimRetention(
                      isDelete(policy, "whenDeleted"), isDelete(policy, "whenScaled"));
              policy.end();
              return read;
            })
        .orElse(ClaimRetention.RETAIN);
  }

  private static boolean isDelete(Fields policy, String field) {
    return policy.oneOf(field, List.of("Delete", "Retain")).filter("Delete"::equals).isPresent();
  }
}
