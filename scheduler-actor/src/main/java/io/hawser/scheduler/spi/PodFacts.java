package io.hawser.scheduler.spi;

import io.hawser.model.ResourceAmounts;
import java.util.Map;

/**
 * What an extension may know of the pod that is to be placed.
 *
 * @param requests of all its containers together
 * @param priority 0 unless it says otherwise
 */
public record PodFacts(
    String namespace,
    Map<String, String> labels,
    Map<String, String> nodeSelector,
    ResourceAmounts requests,
    int priority) {}
