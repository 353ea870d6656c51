package io.hawser.model;

/**
 * What a container of a namespace gets when it does not say, and what it may ask for; Kubernetes'
 * {@code core/v1 LimitRange} of the type {@code Container}. An amount of 0 is none.
 *
 * @param limits for containers without limits
 * @param requests for containers without requests
 */
public record LimitRange(
    ObjectMeta meta,
    ResourceAmounts limits,
    ResourceAmounts requests,
    ResourceAmounts min,
    ResourceAmounts max)
    implements ApiObject {
  @Override
  public LimitRange withMeta(ObjectMeta newMeta) {
    return new LimitRange(newMeta, limits, requests, min, max);
  }
}
