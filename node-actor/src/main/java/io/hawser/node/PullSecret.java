package io.hawser.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hawser.model.Secret;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.registry.Credentials;
import io.hawser.runtime.image.registry.DockerConfig;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * One of a pod's imagePullSecrets.
 *
 * @param config Docker's {@code config.json}
 */
record PullSecret(String name, String config) {
  private static final String JSON_KEY = ".dockerconfigjson";
  private static final String OLD_KEY = ".dockercfg";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads Kubernetes' two forms; empty for a secret of another kind. */
  static Optional<PullSecret> of(Secret secret) {
    String name = secret.meta().name();
    if (secret.data().containsKey(JSON_KEY)) {
      return Optional.of(new PullSecret(name, text(secret, JSON_KEY)));
    }
    return Optional.ofNullable(secret.data().get(OLD_KEY))
        .map(old -> new PullSecret(name, "{\"auths\":" + text(secret, OLD_KEY) + "}"));
  }

  private static String text(Secret secret, String key) {
    return new String(Base64.getDecoder().decode(secret.data().get(key)), StandardCharsets.UTF_8);
  }

  /**
   * @throws ImageFault for a secret that is none, without showing anything of it
   */
  Credentials credentials() {
    String what = "the secret \"" + name + "\"";
    try {
      JSON.readTree(config);
    } catch (JsonProcessingException e) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT, what + " has no valid JSON in " + JSON_KEY, null);
    }
    return DockerConfig.parse(config.getBytes(StandardCharsets.UTF_8), what);
  }

  /** Never shows what is in it. */
  @Override
  public String toString() {
    return "PullSecret[" + name + "]";
  }
}
