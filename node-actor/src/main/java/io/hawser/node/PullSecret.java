package io.hawser.node;

import io.hawser.runtime.image.registry.Credentials;
import io.hawser.runtime.image.registry.DockerConfig;
import java.nio.charset.StandardCharsets;

/**
 * One of a pod's imagePullSecrets.
 *
 * @param config Docker's {@code config.json}
 */
record PullSecret(String name, String config) {
  Credentials credentials() {
    return DockerConfig.parse(
        config.getBytes(StandardCharsets.UTF_8), "the secret \"" + name + "\"");
  }

  /** Never shows what is in it. */
  @Override
  public String toString() {
    return "PullSecret[" + name + "]";
  }
}
