package io.hawser.runtime.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.runtime.UserHome;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.oci.OciJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Credentials as {@code docker login} writes them to {@code ~/.docker/config.json} and as a
 * Kubernetes secret of type {@code kubernetes.io/dockerconfigjson} carries them. Credential helpers
 * are not asked.
 */
public final class DockerConfig implements Credentials {
  private static final String DOCKER_HUB_KEY = "index.docker.io";
  private static final String DOCKER_HUB = "docker.io";

  private final Map<String, Credential> byKey;

  private DockerConfig(Map<String, Credential> byKey) {
    this.byKey = byKey;
  }

  /** The user's own file ({@code $DOCKER_CONFIG/config.json} or {@code ~/.docker/config.json}). */
  public static Credentials ofUser() {
    String directory = System.getenv("DOCKER_CONFIG");
    Path home = UserHome.path().resolve(".docker");
    Path file = (directory == null ? home : Path.of(directory)).resolve("config.json");
    return Files.exists(file) ? read(file) : NONE;
  }

  public static DockerConfig read(Path file) {
    try {
      return parse(Files.readAllBytes(file), file.toString());
    } catch (NoSuchFileException e) {
      throw new ImageFault(ImageFault.Kind.BAD_INPUT, "there is no file " + file, e);
    } catch (IOException e) {
      throw ImageFault.of("can't read " + file, e);
    }
  }

  /**
   * @param what names the document in errors, such as {@code secret "regcred"}
   */
  public static DockerConfig parse(byte[] json, String what) {
    JsonNode auths = OciJson.tree(json, what).path("auths");
    Map<String, Credential> byKey = new TreeMap<>();
    auths
        .properties()
        .forEach(
            entry ->
                byKey.put(
                    key(entry.getKey()),
                    credential(entry.getValue(), what + ": auths[\"" + entry.getKey() + "\"]")));
    return new DockerConfig(byKey);
  }

  private static Credential credential(JsonNode node, String what) {
    String username = node.path("username").asText("");
    String password = node.path("password").asText("");
    String auth = node.path("auth").asText("");
    if (!auth.isEmpty()) {
      String pair;
      try {
        pair = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        throw new ImageFault(ImageFault.Kind.BAD_INPUT, what + ".auth is no base64", e);
      }
      int colon = pair.indexOf(':');
      if (colon < 0) {
        throw new ImageFault(ImageFault.Kind.BAD_INPUT, what + ".auth is not user:password");
      }
      username = pair.substring(0, colon);
      password = pair.substring(colon + 1).replaceAll("\0+$", "");
    }
    return new Credential(username, password, node.path("identitytoken").asText(""));
  }

  /** {@code https://index.docker.io/v1/} and the like become host and path. */
  private static String key(String text) {
    String key = text.replaceFirst("^https?://", "").replaceFirst("/v[12]/?$", "");
    key = key.endsWith("/") ? key.substring(0, key.length() - 1) : key;
    if (key.equals(DOCKER_HUB_KEY) || key.equals("registry-1.docker.io")) {
      return DOCKER_HUB;
    }
    return key;
  }

  /** The longest key that is the registry, or a path above the repository. */
  @Override
  public Optional<Credential> find(String registry, String repository) {
    String path = registry + "/" + repository;
    while (true) {
      Credential found = byKey.get(path);
      if (found != null) {
        return Optional.of(found);
      }
      int slash = path.lastIndexOf('/');
      if (slash < 0) {
        return Optional.empty();
      }
      path = path.substring(0, slash);
    }
  }
}
