package io.hawser.model;

import java.util.Map;

/** What a deployment's pods are made from. */
public record PodTemplate(
    Map<String, String> labels, Map<String, String> annotations, PodSpec spec) {
  public PodTemplate {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }
}
