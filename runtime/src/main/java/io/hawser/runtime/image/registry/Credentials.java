package io.hawser.runtime.image.registry;

import java.util.Optional;

/** Finds the credential for a registry. */
public interface Credentials {
  Credentials NONE = (registry, repository) -> Optional.empty();

  /**
   * @param registry host, or host:port, as in the image's name
   * @param repository path below it
   */
  Optional<Credential> find(String registry, String repository);

  /** These first, then the others. */
  default Credentials or(Credentials others) {
    return (registry, repository) ->
        find(registry, repository).or(() -> others.find(registry, repository));
  }
}
