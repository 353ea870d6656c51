package io.hawser.model;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What every object of the API carries.
 *
 * @param namespace empty for a node or a namespace
 * @param uid unique for all time
 * @param generation grows with every change of the spec, from 1
 * @param resourceVersion the journal's sequence number of the last event that touched the object
 */
public record ObjectMeta(
    String namespace,
    String name,
    String uid,
    long generation,
    long resourceVersion,
    Instant createdAt,
    Map<String, String> labels,
    Map<String, String> annotations) {

  /**
   * Who owns which fields, of an object that was applied on the server: JSON, as {@code
   * metadata.managedFields} has it. Kept among the annotations, so that it goes wherever its object
   * goes, and never shown as one.
   */
  public static final String MANAGED_FIELDS = "hawser.io/managed-fields";

  public ObjectMeta {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }

  public ObjectName objectName() {
    return new ObjectName(namespace, name);
  }

  /** The annotations that users see. */
  public Map<String, String> shownAnnotations() {
    if (!annotations.containsKey(MANAGED_FIELDS)) {
      return annotations;
    }
    Map<String, String> shown = new HashMap<>(annotations);
    shown.remove(MANAGED_FIELDS);
    return shown;
  }

  public Optional<String> managedFields() {
    return Optional.ofNullable(annotations.get(MANAGED_FIELDS));
  }

  public ObjectMeta withManagedFields(String json) {
    Map<String, String> all = new HashMap<>(annotations);
    all.put(MANAGED_FIELDS, json);
    return withLabelsAndAnnotations(labels, all);
  }

  public ObjectMeta withResourceVersion(long version) {
    return new ObjectMeta(
        namespace, name, uid, generation, version, createdAt, labels, annotations);
  }

  public ObjectMeta withGeneration(long newGeneration) {
    return new ObjectMeta(
        namespace, name, uid, newGeneration, resourceVersion, createdAt, labels, annotations);
  }

  public ObjectMeta withLabelsAndAnnotations(
      Map<String, String> newLabels, Map<String, String> newAnnotations) {
    return new ObjectMeta(
        namespace, name, uid, generation, resourceVersion, createdAt, newLabels, newAnnotations);
  }
}
