package io.hawser.scheduler.security;

import io.hawser.cluster.protocol.SecurityEvent;

/** What the security actor knows, folded from the journal. */
record SecurityState(JoinTokens tokens, Authorities authorities) {
  static SecurityState empty() {
    return new SecurityState(JoinTokens.empty(), Authorities.none());
  }

  SecurityState evolve(SecurityEvent event) {
    return new SecurityState(tokens.evolve(event), authorities.evolve(event));
  }
}
