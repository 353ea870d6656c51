package io.hawser.model;

/**
 * The value of one of Hawser's annotations that makes no sense.
 *
 * @param expected as the end of a sentence: {@code must be …}
 */
public record AnnotationProblem(String annotation, String value, String expected) {}
