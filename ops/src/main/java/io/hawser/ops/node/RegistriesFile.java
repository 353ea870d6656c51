package io.hawser.ops.node;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.registry.Credentials;
import io.hawser.runtime.image.registry.DockerConfig;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.RegistrySettings.Mirror;
import io.hawser.runtime.image.registry.RetryPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a machine reaches registries, as its administrator wrote it:
 *
 * <pre>
 * mirrors:                       # asked first, in this order; "*" is for every registry
 *   docker.io: [registry.local:5000/docker-hub]
 * insecure: [registry.local:5000]         # spoken to without TLS
 * authorities:                            # PEM files trusted besides Java's own
 *   registry.example: /etc/ssl/registry.pem
 * dockerConfig: /etc/hawser/docker.json # by default .docker/config.json in the home directory
 * attempts: 5                             # of each request, 1 to 20; longer pauses between them
 * patienceSeconds: 30                     # without an answer, or in the middle of one, 1 to 3600
 * </pre>
 */
public final class RegistriesFile {
  public static final String NAME = "registries.yaml";

  private static final YAMLMapper YAML = new YAMLMapper();
  private static final Map<String, String> EXPECTED =
      Map.of(
          "mirrors", "a list of hosts for each registry",
          "insecure", "a list of hosts",
          "authorities", "a file for each registry",
          "dockerConfig", "a file",
          "attempts", "a whole number",
          "patienceSeconds", "a whole number");
  private static final List<String> FIELDS = EXPECTED.keySet().stream().sorted().toList();
  private static final int MAX_ATTEMPTS = 20;
  private static final int MAX_PATIENCE_SECONDS = 3600;

  private RegistriesFile() {}

  private record Content(
      Map<String, List<String>> mirrors,
      Set<String> insecure,
      Map<String, Path> authorities,
      @JsonProperty("dockerConfig") Path dockerConfig,
      Integer attempts,
      @JsonProperty("patienceSeconds") Integer patienceSeconds) {
    Content {
      mirrors = mirrors == null ? Map.of() : mirrors;
      insecure = insecure == null ? Set.of() : insecure;
      authorities = authorities == null ? Map.of() : authorities;
    }
  }

  /**
   * Reads the file; a missing one means the defaults.
   *
   * @throws ImageFault naming the file and what is wrong in it
   */
  public static RegistrySettings read(Path file) {
    if (!Files.exists(file)) {
      return RegistrySettings.defaults();
    }
    Content content = parse(file);
    Map<String, List<Mirror>> mirrors = new HashMap<>();
    content
        .mirrors()
        .forEach(
            (registry, hosts) -> mirrors.put(registry, hosts.stream().map(Mirror::parse).toList()));
    for (Path authority : content.authorities().values()) {
      if (!Files.isReadable(authority)) {
        throw bad(file, "authorities: " + authority + " can't be read", null);
      }
    }
    return limits(file, content)
        .withMirrors(mirrors)
        .withPlainHttp(content.insecure())
        .withAuthorities(content.authorities())
        .withCredentials(credentials(file, content));
  }

  private static RegistrySettings limits(Path file, Content content) {
    RegistrySettings settings = RegistrySettings.defaults();
    if (content.attempts() != null) {
      int attempts = bounded(file, "attempts", content.attempts(), MAX_ATTEMPTS);
      RetryPolicy usual = settings.retry();
      settings =
          settings.withRetry(new RetryPolicy(attempts, usual.firstPause(), usual.longestPause()));
    }
    if (content.patienceSeconds() != null) {
      Duration patience =
          Duration.ofSeconds(
              bounded(file, "patienceSeconds", content.patienceSeconds(), MAX_PATIENCE_SECONDS));
      settings = settings.withTimeouts(settings.connectTimeout(), patience, patience);
    }
    return settings;
  }

  private static int bounded(Path file, String field, int value, int max) {
    if (value < 1 || value > max) {
      throw bad(file, field + ": expected 1 to " + max + ", got " + value, null);
    }
    return value;
  }

  private static Credentials credentials(Path file, Content content) {
    if (content.dockerConfig() == null) {
      return DockerConfig.ofUser();
    }
    try {
      return DockerConfig.read(content.dockerConfig());
    } catch (ImageFault e) {
      throw bad(file, "dockerConfig: " + e.getMessage(), e);
    }
  }

  private static Content parse(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      boolean empty = new String(bytes).lines().allMatch(l -> l.isBlank() || l.startsWith("#"));
      return empty
          ? new Content(null, null, null, null, null, null)
          : YAML.readValue(bytes, Content.class);
    } catch (JsonMappingException e) {
      throw bad(file, wrongField(e), e);
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      String why = e.getOriginalMessage().replaceAll("\\s*\\(class [^)]*\\).*", "");
      throw bad(file, "line " + line + ": " + why, e);
    } catch (IOException e) {
      throw bad(file, e.getMessage(), e);
    }
  }

  /** Jackson's own words name Java's types. */
  private static String wrongField(JsonMappingException e) {
    String field =
        e.getPath().stream()
            .map(
                step ->
                    step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName())
            .collect(Collectors.joining("."));
    if (e instanceof UnrecognizedPropertyException) {
      return field + ": no such field; there are " + String.join(", ", FIELDS);
    }
    String name = field.replaceFirst("[.].*", "");
    String expected = EXPECTED.getOrDefault(name, "fields");
    return (field.isEmpty() ? "" : field + ": ") + "wrong kind of value; expected " + expected;
  }

  private static ImageFault bad(Path file, String why, Exception cause) {
    return new ImageFault(ImageFault.Kind.BAD_INPUT, file + ": " + why, cause);
  }
}
