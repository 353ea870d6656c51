package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.model.ObjectMeta;
import io.hawser.model.Secret;
import io.hawser.runtime.image.registry.Credential;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PullSecretTest {
  private static final String AUTH = base64("me:hunter2");

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Secret secret(String key, String text) {
    ObjectMeta meta =
        new ObjectMeta("default", "regcred", "u", 1, 1, Instant.EPOCH, Map.of(), Map.of());
    return new Secret(meta, "kubernetes.io/dockerconfigjson", Map.of(key, base64(text)), false);
  }

  private static Optional<Credential> found(Secret secret) {
    return PullSecret.of(secret).orElseThrow().credentials().find("reg.example:5000", "team/app");
  }

  @Test
  void bothFormsOfKubernetesAreRead() {
    String entry = "{\"reg.example:5000\": {\"auth\": \"" + AUTH + "\"}}";
    Credential expected = new Credential("me", "hunter2");
    assertThat(found(secret(".dockerconfigjson", "{\"auths\": " + entry + "}"))).contains(expected);
    assertThat(found(secret(".dockercfg", entry))).contains(expected);
    assertThat(PullSecret.of(secret("password", "x"))).isEmpty();
  }

  @Test
  void nothingOfASecretIsShown() {
    Secret damaged = secret(".dockerconfigjson", "{\"auths\": hunter2");
    PullSecret read = PullSecret.of(damaged).orElseThrow();
    assertThat(read.toString()).doesNotContain("hunter2");
    assertThatThrownBy(read::credentials)
        .hasMessage("the secret \"regcred\" has no valid JSON in .dockerconfigjson")
        .hasNoCause();
  }
}
