package io.hawser.model;

import java.time.Instant;
import java.util.Map;

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

  public ObjectMeta {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }

  public ObjectName objectName() {
    return new ObjectName(namespace, name);
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
