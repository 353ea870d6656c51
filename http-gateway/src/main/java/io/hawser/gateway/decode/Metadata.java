package io.hawser.gateway.decode;

import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.NameRules;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a client may say in {@code metadata}; everything else there belongs to the server.
 *
 * @param annotations with {@code managedFields}, which whoever decodes a body has set itself
 * @param owner the cron job that a new job is to belong to; no other kind's owner may be named
 * @param ifUid the object must be this one
 * @param ifResourceVersion the object must not have changed since
 */
public record Metadata(
    String namespace,
    String name,
    Map<String, String> labels,
    Map<String, String> annotations,
    Optional<Pod.Owner> owner,
    Optional<String> ifUid,
    Optional<Long> ifResourceVersion) {

  /** Derived from the deployment's revisions, never stored. */
  public static final String REVISION_ANNOTATION = "deployment.kubernetes.io/revision";

  private static final String SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
  private static final int SUFFIX_LENGTH = 5;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Written by servers alone; what a client sends back of them changes nothing. */
  private static final String[] SERVERS = {
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "selfLink",
    "managedFields"
  };

  /** What a template says about the metadata of what is made from it. */
  record OfTemplate(Map<String, String> labels, Map<String, String> annotations) {
    static final OfTemplate NONE = new OfTemplate(Map.of(), Map.of());
  }

  /**
   * Only labels and annotations count there, but typed clients write all of a metadata's fields.
   */
  static OfTemplate ofTemplate(Fields meta) {
    Map<String, String> labels = meta.stringMap("labels");
    NameRules.checkLabels(meta.causes(), meta.path("labels"), labels);
    Map<String, String> annotations = meta.stringMap("annotations");
    NameRules.checkAnnotations(meta.causes(), meta.path("annotations"), annotations);
    meta.unsupported("finalizers", "ownerReferences");
    meta.harmless("name", "namespace", "generateName", "uid", "resourceVersion");
    meta.harmless(SERVERS);
    meta.end();
    return new OfTemplate(labels, annotations);
  }

  public ObjectName objectName() {
    return new ObjectName(namespace, name);
  }

  /**
   * Reads {@code apiVersion}, {@code kind} and {@code metadata}.
   *
   * @param labelName true: the kind's names are labels of RFC 1123, not subdomains
   * @throws StatusError 400 when the body is of another kind, name or namespace than the path
   */
  public static Metadata decode(Fields root, Target target, boolean labelName) {
    root.text("apiVersion").ifPresent(v -> mustBe("apiVersion", v, target.apiVersion()));
    root.text("kind").ifPresent(v -> mustBe("kind", v, target.kind()));
    return root.requiredObject("metadata", "expected an object with at least a name")
        .map(meta -> read(meta, target, labelName))
        .orElseGet(
            () ->
                new Metadata(
                    target.namespace(),
                    target.name().orElse(""),
                    Map.of(),
                    Map.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty()));
  }

  private static Metadata read(Fields meta, Target target, boolean labelName) {
    Causes causes = meta.causes();
    String name = name(meta, target, labelName);
    meta.text("namespace").ifPresent(v -> mustBe("metadata.namespace", v, target.namespace()));
    Map<String, String> labels = meta.stringMap("labels");
    NameRules.checkLabels(causes, meta.path("labels"), labels);
    Map<String, String> annotations = new HashMap<>(meta.stringMap("annotations"));
    annotations.remove(REVISION_ANNOTATION);
    NameRules.checkAnnotations(causes, meta.path("annotations"), annotations);
    meta.any("managedFields")
        .filter(list -> list.isArray() && !list.isEmpty())
        .ifPresent(list -> annotations.put(ObjectMeta.MANAGED_FIELDS, list.toString()));
    Optional<String> uid = meta.text("uid");
    Optional<Long> version = resourceVersion(meta);
    if (target.name().isEmpty()) {
      version.ifPresent(
          v -> causes.forbidden(meta.path("resourceVersion"), "must not be set on create"));
      if (!target.kind().equals("Job")) {
        meta.unsupported("ownerReferences");
      }
    } else {
      meta.harmless("ownerReferences");
    }
    Optional<Pod.Owner> owner =
        target.name().isEmpty() && target.kind().equals("Job") ? owner(meta) : Optional.empty();
    meta.unsupported("finalizers");
    meta.harmless(SERVERS);
    meta.end();
    return new Metadata(target.namespace(), name, labels, annotations, owner, uid, version);
  }

  /** As {@code kubectl create job --from=cronjob/NAME} writes it. */
  private static Optional<Pod.Owner> owner(Fields meta) {
    List<Pod.Owner> owners = meta.objects("ownerReferences", Metadata::reference);
    if (owners.size() > 1) {
      meta.causes().forbidden(meta.path("ownerReferences"), "at most one owner is supported");
    }
    return owners.stream().findFirst();
  }

  private static Pod.Owner reference(Fields reference) {
    reference.oneOf("apiVersion", List.of("batch/v1"));
    reference.oneOf("kind", List.of("CronJob"));
    Pod.Owner owner =
        new Pod.Owner(
            reference.requiredText("kind", "CronJob"),
            reference.requiredText("name", "the cron job's name"),
            reference.requiredText("uid", "the cron job's uid"),
            "");
    reference.harmless("controller", "blockOwnerDeletion");
    reference.end();
    return owner;
  }

  private static String name(Fields meta, Target target, boolean labelName) {
    Optional<String> prefix = meta.text("generateName");
    if (target.name().isPresent()) {
      meta.text("name").ifPresent(v -> mustBe("metadata.name", v, target.name().get()));
      return target.name().get();
    }
    String name =
        prefix.isPresent() && meta.text("name").isEmpty()
            ? prefix.get() + suffix()
            : meta.requiredText("name", "name or generateName is required");
    if (!name.isEmpty() && labelName) {
      NameRules.checkLabel(meta.causes(), meta.path("name"), name);
    } else if (!name.isEmpty()) {
      NameRules.checkSubdomain(meta.causes(), meta.path("name"), name);
    }
    return name;
  }

  private static Optional<Long> resourceVersion(Fields meta) {
    Optional<String> text = meta.text("resourceVersion");
    if (text.isEmpty() || text.get().equals("0")) {
      return Optional.empty();
    }
    if (!text.get().matches("\\d{1,18}")) {
      meta.causes()
          .invalid(meta.path("resourceVersion"), text.get(), "must be a version this server gave");
      return Optional.empty();
    }
    return Optional.of(Long.parseLong(text.get()));
  }

  private static String suffix() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < SUFFIX_LENGTH; i++) {
      text.append(SUFFIX_LETTERS.charAt(RANDOM.nextInt(SUFFIX_LETTERS.length())));
    }
    return text.toString();
  }

  private static void mustBe(String field, String got, String expected) {
    if (!got.equals(expected)) {
      throw StatusError.badRequest(
          field
              + ": the object says \""
              + got
              + "\", the request's path says \""
              + expected
              + "\"");
    }
  }
}
