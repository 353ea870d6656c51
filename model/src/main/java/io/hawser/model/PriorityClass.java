package io.hawser.model;

/**
 * A name for how important pods are; Kubernetes' {@code scheduling.k8s.io/v1 PriorityClass}.
 *
 * @param value higher is more important
 * @param globalDefault for pods that name no class; at most one class has it
 * @param preempts whether pods of it may take the place of less important ones
 */
public record PriorityClass(
    ObjectMeta meta, int value, boolean globalDefault, String description, boolean preempts)
    implements ApiObject {
  /** Highest value of a class that users make; above are the system's own. */
  public static final int MAX_USER_VALUE = 1_000_000_000;

  @Override
  public PriorityClass withMeta(ObjectMeta newMeta) {
    return new PriorityClass(newMeta, value, globalDefault, description, preempts);
  }
}
