package io.hawser.runtime.image.registry;

import io.hawser.runtime.image.ImageName;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Where one repository is reached: at its own registry or at a mirror.
 *
 * @param host host, or host:port, that is connected to
 * @param registry whose credentials are used
 * @param repository path at that host
 */
record RegistryEndpoint(String host, String registry, String repository, boolean plainHttp) {
  /** Docker's registry is not where its name says. */
  private static final String DOCKER_HUB_HOST = "registry-1.docker.io";

  static RegistryEndpoint own(ImageName name, RegistrySettings settings) {
    String host =
        name.registry().equals(ImageName.DEFAULT_REGISTRY) ? DOCKER_HUB_HOST : name.registry();
    return new RegistryEndpoint(
        host, name.registry(), name.repository(), settings.isPlainHttp(host));
  }

  /** Mirrors first, the registry itself last. */
  static List<RegistryEndpoint> forPull(ImageName name, RegistrySettings settings) {
    List<RegistryEndpoint> endpoints = new ArrayList<>();
    for (RegistrySettings.Mirror mirror :
        settings.mirrors().getOrDefault(name.registry(), List.of())) {
      String prefix = mirror.pathPrefix().isEmpty() ? "" : mirror.pathPrefix() + "/";
      endpoints.add(
          new RegistryEndpoint(
              mirror.host(),
              mirror.host(),
              prefix + name.repository(),
              settings.isPlainHttp(mirror.host())));
    }
    endpoints.add(own(name, settings));
    return endpoints;
  }

  URI uri(String rest) {
    String scheme = plainHttp ? "http" : "https";
    return URI.create(scheme + "://" + host + "/v2/" + repository + "/" + rest);
  }
}
