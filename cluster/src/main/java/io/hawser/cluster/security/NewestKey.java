package io.hawser.cluster.security;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Shows the newest identity in every handshake. A handshake asks for the chain and for the key
 * separately and both must be of one identity, so the alias it is given names that identity.
 */
final class NewestKey extends X509ExtendedKeyManager {
  /** Identities that handshakes under way may still ask for; older ones are forgotten. */
  private static final int REMEMBERED = 4;

  private final Supplier<NodeIdentity> newest;
  private final Map<String, NodeIdentity> byAlias = new ConcurrentHashMap<>();

  NewestKey(Supplier<NodeIdentity> newest) {
    this.newest = newest;
  }

  private String alias() {
    NodeIdentity identity = newest.get();
    String alias = identity.certificate().getSerialNumber().toString(16);
    if (byAlias.putIfAbsent(alias, identity) == null && byAlias.size() > REMEMBERED) {
      byAlias.keySet().removeIf(old -> !old.equals(alias) && byAlias.size() > REMEMBERED);
    }
    return alias;
  }

  @Override
  public String[] getClientAliases(String keyType, Principal[] issuers) {
    return new String[] {alias()};
  }

  @Override
  public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
    return alias();
  }

  @Override
  public String chooseEngineClientAlias(String[] keyType, Principal[] issuers, SSLEngine engine) {
    return alias();
  }

  @Override
  public String[] getServerAliases(String keyType, Principal[] issuers) {
    return new String[] {alias()};
  }

  @Override
  public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
    return keyType.startsWith("EC") ? alias() : null;
  }

  @Override
  public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
    return keyType.startsWith("EC") ? alias() : null;
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    NodeIdentity identity = byAlias.get(alias);
    return identity == null ? null : identity.array();
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    NodeIdentity identity = byAlias.get(alias);
    return identity == null ? null : identity.key();
  }
}
