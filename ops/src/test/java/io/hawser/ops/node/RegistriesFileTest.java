package io.hawser.ops.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.registry.Credential;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.RegistrySettings.Mirror;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistriesFileTest {
  @TempDir Path dir;

  private Path file(String yaml) throws IOException {
    return Files.writeString(dir.resolve(RegistriesFile.NAME), yaml);
  }

  @Test
  void everyFieldIsRead() throws IOException {
    Path authority = Files.writeString(dir.resolve("own.pem"), "");
    String login = Base64.getEncoder().encodeToString("me:secret".getBytes(StandardCharsets.UTF_8));
    Path docker =
        Files.writeString(
            dir.resolve("config.json"),
            "{\"auths\": {\"registry.example\": {\"auth\": \"" + login + "\"}}}");
    RegistrySettings settings =
        RegistriesFile.read(
            file(
                """
                mirrors:
                  docker.io: [registry.local:5000/docker-hub, second.local]
                  "*": [all.local]
                insecure: [registry.local:5000]
                authorities:
                  registry.example: %s
                dockerConfig: %s
                attempts: 2
                patienceSeconds: 7
                """
                    .formatted(authority, docker)));
    assertThat(settings.mirrors())
        .containsEntry(
            "docker.io",
            List.of(
                new Mirror("registry.local:5000", "docker-hub"), new Mirror("second.local", "")))
        .containsEntry(RegistrySettings.ANY_REGISTRY, List.of(new Mirror("all.local", "")));
    assertThat(settings.retry().attempts()).isEqualTo(2);
    assertThat(settings.stallTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(settings.plainHttp()).containsExactly("registry.local:5000");
    assertThat(settings.authorities()).isEqualTo(Map.of("registry.example", authority));
    Optional<Credential> found = settings.credentials().find("registry.example", "team/app");
    assertThat(found).contains(new Credential("me", "secret"));
    assertThat(settings.credentials().find("other.example", "team/app")).isEmpty();
  }

  @Test
  void missingAndEmptyFilesMeanTheDefaults() throws IOException {
    assertThat(RegistriesFile.read(dir.resolve("none")).mirrors()).isEmpty();
    assertThat(RegistriesFile.read(file("# nothing yet\n\n")).mirrors()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mirors: {}|mirors",
        "mirrors: {docker.io: {a: b}}|mirrors",
        "insecure: {a: b}|insecure",
        "authorities: {r: /no/such/file.pem}|authorities: /no/such/file.pem can't be read",
        "dockerConfig: /no/such/config.json|dockerConfig: there is no file /no/such/config.json",
        "attempts: 0|attempts: expected 1 to 20, got 0",
        "patienceSeconds: soon|patienceSeconds: wrong kind of value; expected a whole number",
        "mirrors: [|mirrors: wrong kind of value",
        "a: b: c|line 1",
      })
  void mistakeNamesTheFileAndTheField(String yaml, String told) throws IOException {
    Path file = file(yaml);
    assertThatThrownBy(() -> RegistriesFile.read(file))
        .isInstanceOf(ImageFault.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(told)
        .hasMessageNotContaining("java.");
  }
}
