package io.hawser.gateway.decode;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.NameRules;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.ConfigSource.AllKeys;
import io.hawser.model.ConfigSource.FileVolume;
import io.hawser.model.ConfigSource.Files;
import io.hawser.model.ConfigSource.Form;
import io.hawser.model.ConfigSource.Item;
import io.hawser.model.ConfigSource.KeyRef;
import io.hawser.model.ConfigSource.Kind;
import io.hawser.model.ConfigSource.ResourceRef;
import io.hawser.model.PodContainer.EnvVar;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads variables and volumes that come from config maps, secrets and the pod itself. */
final class ConfigSourceDecoder {
  private static final int DEFAULT_MODE = 0644;
  private static final int MAX_MODE = 0777;
  private static final List<String> ENV_FIELDS =
      List.of(
          "metadata.name",
          "metadata.namespace",
          "metadata.uid",
          "spec.nodeName",
          "status.hostIP",
          "status.podIP");
  private static final List<String> FILE_FIELDS =
      List.of(
          "metadata.annotations",
          "metadata.labels",
          "metadata.name",
          "metadata.namespace",
          "metadata.uid");
  private static final Pattern ENTRY =
      Pattern.compile("metadata\\.(labels|annotations)\\['[^']+'\\]");
  private static final List<String> RESOURCES =
      List.of(
          "limits.cpu",
          "limits.ephemeral-storage",
          "limits.memory",
          "requests.cpu",
          "requests.ephemeral-storage",
          "requests.memory");

  private ConfigSourceDecoder() {}

  static EnvVar variable(Fields fields) {
    String name = fields.requiredText("name", "expected the variable's name");
    if (!name.isEmpty()) {
      NameRules.checkEnvName(fields.causes(), fields.path("name"), name);
    }
    Optional<String> value = fields.string("value");
    Optional<Fields> from = fields.object("valueFrom");
    if (from.isPresent() && value.filter(v -> !v.isEmpty()).isPresent()) {
      fields
          .causes()
          .invalid(fields.path("valueFrom"), "", "may not be set when `value` is not empty");
    }
    fields.end();
    return from.map(f -> from(name, f))
        .orElseGet(() -> new EnvVar(name, Optional.of(value.orElse("")), Optional.empty()));
  }

  private static EnvVar from(String name, Fields from) {
    Optional<String> field = from.object("fieldRef").map(f -> fieldPath(f, ENV_FIELDS));
    Optional<KeyRef> config = from.object("configMapKeyRef").map(f -> keyRef(f, Kind.CONFIG_MAP));
    Optional<KeyRef> secret = from.object("secretKeyRef").map(f -> keyRef(f, Kind.SECRET));
    Optional<ResourceRef> resource = from.object("resourceFieldRef").map(f -> resource(f, false));
    if (from.knownPresent() != 1) {
      from.causes()
          .required(
              from.path(),
              "exactly one of configMapKeyRef, secretKeyRef, fieldRef and resourceFieldRef");
    }
    from.end();
    return new EnvVar(name, Optional.empty(), field, config.or(() -> secret), resource);
  }

  private static String fieldPath(Fields ref, List<String> allowed) {
    String path = ref.requiredText("fieldPath", "expected one of " + String.join(", ", allowed));
    if (!path.isEmpty() && !allowed.contains(path) && !ENTRY.matcher(path).matches()) {
      ref.causes().notSupported(ref.path("fieldPath"), path, allowed);
    }
    ref.harmless("apiVersion");
    ref.end();
    return path;
  }

  private static KeyRef keyRef(Fields ref, Kind kind) {
    KeyRef read =
        new KeyRef(
            kind,
            ref.requiredText("name", "expected the object's name"),
            ref.requiredText("key", "expected a key of its data"),
            ref.bool("optional").orElse(false));
    ref.end();
    return read;
  }

  /**
   * @param named true: the container must be named
   */
  private static ResourceRef resource(Fields ref, boolean named) {
    String container = ref.text("containerName").orElse("");
    if (named && container.isEmpty()) {
      ref.causes().required(ref.path("containerName"), "expected one of the pod's containers");
    }
    ref.requiredText("resource", "expected one of " + String.join(", ", RESOURCES));
    String resource = ref.oneOf("resource", RESOURCES).orElse("");
    Optional<JsonNode> given = ref.any("divisor").filter(d -> !d.asText().equals("0"));
    Optional<Long> millis = given.flatMap(Quantity::millis).filter(d -> d > 0);
    if (given.isPresent() && millis.isEmpty()) {
      ref.causes().invalid(ref.path("divisor"), given.get(), "must be a quantity such as \"1Mi\"");
    }
    ref.end();
    return new ResourceRef(
        container, resource, given.map(JsonNode::asText).orElse(""), millis.orElse(1_000L));
  }

  static AllKeys allKeys(Fields fields) {
    String prefix = fields.text("prefix").orElse("");
    Optional<AllKeys> config =
        fields.object("configMapRef").map(f -> all(f, prefix, Kind.CONFIG_MAP));
    Optional<AllKeys> secret = fields.object("secretRef").map(f -> all(f, prefix, Kind.SECRET));
    if (config.isPresent() == secret.isPresent()) {
      fields.causes().required(fields.path(), "exactly one of configMapRef and secretRef");
    }
    fields.end();
    return config.or(() -> secret).orElse(new AllKeys(prefix, Kind.CONFIG_MAP, "", true));
  }

  private static AllKeys all(Fields ref, String prefix, Kind kind) {
    AllKeys read =
        new AllKeys(
            prefix,
            kind,
            ref.requiredText("name", "expected the object's name"),
            ref.bool("optional").orElse(false));
    ref.end();
    return read;
  }

  /** The volume's files when it is of one of the kinds that have some. */
  static Optional<FileVolume> files(Fields volume) {
    Optional<FileVolume> config =
        volume
            .object("configMap")
            .map(f -> volume(Form.CONFIG_MAP, f, x -> List.of(object(x, Kind.CONFIG_MAP, "name"))));
    Optional<FileVolume> secret =
        volume
            .object("secret")
            .map(f -> volume(Form.SECRET, f, x -> List.of(object(x, Kind.SECRET, "secretName"))));
    Optional<FileVolume> downward =
        volume
            .object("downwardAPI")
            .map(f -> volume(Form.DOWNWARD_API, f, x -> List.of(downward(x))));
    Optional<FileVolume> projected =
        volume.object("projected").map(f -> volume(Form.PROJECTED, f, x -> projected(x)));
    return config.or(() -> secret).or(() -> downward).or(() -> projected);
  }

  private static FileVolume volume(
      Form form, Fields fields, Function<Fields, List<Files>> sources) {
    int mode = fields.integer("defaultMode", DEFAULT_MODE, 0, MAX_MODE);
    List<Files> read = sources.apply(fields);
    fields.end();
    return new FileVolume(form, mode, read);
  }

  private static List<Files> projected(Fields fields) {
    List<List<Files>> lists =
        fields.objects(
            "sources",
            source -> {
              List<Files> read = new ArrayList<>();
              source
                  .object("configMap")
                  .map(f -> ended(f, object(f, Kind.CONFIG_MAP, "name")))
                  .ifPresent(read::add);
              source
                  .object("secret")
                  .map(f -> ended(f, object(f, Kind.SECRET, "name")))
                  .ifPresent(read::add);
              source.object("downwardAPI").map(f -> ended(f, downward(f))).ifPresent(read::add);
              source.unsupportedPresent("serviceAccountToken", "clusterTrustBundle");
              source.end();
              return read;
            });
    return lists.stream().flatMap(List::stream).toList();
  }

  private static Files ended(Fields fields, Files read) {
    fields.end();
    return read;
  }

  private static Files object(Fields fields, Kind kind, String nameField) {
    return new Files(
        kind,
        fields.requiredText(nameField, "expected the object's name"),
        fields.bool("optional").orElse(false),
        fields.objects("items", ConfigSourceDecoder::item));
  }

  private static Item item(Fields item) {
    Item read =
        new Item(
            item.requiredText("key", "expected a key of the object's data"),
            Optional.empty(),
            path(item),
            mode(item));
    item.end();
    return read;
  }

  private static Files downward(Fields fields) {
    return new Files(
        Kind.DOWNWARD, "", false, fields.objects("items", ConfigSourceDecoder::downwardItem));
  }

  private static Item downwardItem(Fields item) {
    String path = path(item);
    Optional<Integer> mode = mode(item);
    Optional<String> field = item.object("fieldRef").map(f -> fieldPath(f, FILE_FIELDS));
    Optional<ResourceRef> resource = item.object("resourceFieldRef").map(f -> resource(f, true));
    if (field.isPresent() == resource.isPresent()) {
      item.causes().required(item.path(), "exactly one of fieldRef and resourceFieldRef");
    }
    item.end();
    return new Item(field.orElse(""), resource, path, mode);
  }

  private static String path(Fields item) {
    String path = item.requiredText("path", "expected a path below the volume");
    if (path.startsWith("/") || PodSpecDecoder.hasParentStep(path) || path.startsWith("..")) {
      item.causes().invalid(item.path("path"), path, "must be relative and without '..'");
    }
    return path;
  }

  private static Optional<Integer> mode(Fields item) {
    return item.number("mode", 0, MAX_MODE).map(Math::toIntExact);
  }
}
