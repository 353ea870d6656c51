package io.hawser.runtime.image.registry;

import io.hawser.runtime.image.ImageName;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where one repository is reached: at its own registry or at a mirror.
 *
 * @param host host, or host:port, that is connected to
 * @param registry whose credentials are used
 * @param repository path at that host
 * @param ownCredential goes before what the settings have for the registry
 * @param node another node of the cluster, with the cluster's certificates
 */
record RegistryEndpoint(
    String host,
    String registry,
    String repository,
    boolean plainHttp,
    Optional<Credential> ownCredential,
    boolean node) {
  /** Docker's registry is not where its name says. */
  private static final String DOCKER_HUB_HOST = "registry-1.docker.io";

  static RegistryEndpoint own(ImageName name, RegistrySettings settings) {
    String host =
        name.registry().equals(ImageName.DEFAULT_REGISTRY) ? DOCKER_HUB_HOST : name.registry();
    return new RegistryEndpoint(
        host,
        name.registry(),
        name.repository(),
        settings.isPlainHttp(host),
        Optional.empty(),
        false);
  }

  /** Mirrors first, then those for all registries, the registry itself last. */
  static List<RegistryEndpoint> forPull(ImageName name, RegistrySettings settings) {
    List<RegistryEndpoint> endpoints = new ArrayList<>();
    for (RegistrySettings.Mirror mirror :
        settings.mirrors().getOrDefault(name.registry(), List.of())) {
      endpoints.add(mirror(mirror, name.repository(), settings));
    }
    for (RegistrySettings.Mirror mirror :
        settings.mirrors().getOrDefault(RegistrySettings.ANY_REGISTRY, List.of())) {
      endpoints.add(mirror(mirror, name.repositoryName(), settings));
    }
    endpoints.add(own(name, settings));
    return endpoints;
  }

  private static RegistryEndpoint mirror(
      RegistrySettings.Mirror mirror, String repository, RegistrySettings settings) {
    String prefix = mirror.pathPrefix().isEmpty() ? "" : mirror.pathPrefix() + "/";
    return new RegistryEndpoint(
        mirror.host(),
        mirror.host(),
        prefix + repository,
        settings.isPlainHttp(mirror.host()),
        Optional.empty(),
        false);
  }

  /** Another node, which serves every registry's images with the registry's name in the path. */
  static RegistryEndpoint node(ImageHolder holder, ImageName name) {
    return new RegistryEndpoint(
        holder.host(),
        holder.host(),
        name.repositoryName(),
        !holder.tls(),
        Optional.of(new Credential(ImageServer.USER, holder.token())),
        true);
  }

  Optional<Credential> credential(Credentials credentials) {
    return ownCredential.or(() -> credentials.find(registry, repository));
  }

  URI uri(String rest) {
    String scheme = plainHttp ? "http" : "https";
    return URI.create(scheme + "://" + host + "/v2/" + repository + "/" + rest);
  }
}
