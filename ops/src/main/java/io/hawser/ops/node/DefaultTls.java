package io.hawser.ops.node;

import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * The TLS that code in an agent gets without saying which: it trusts nobody. Everything of Hawser's
 * names its own. Pekko's HTTP server asks for the default, for plain connections too, and the JDK
 * would then keep its 140 authorities in memory.
 */
final class DefaultTls {
  private DefaultTls() {}

  static void trustNobody() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[0], null);
      SSLContext.setDefault(context);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JVM has TLS", e);
    }
  }
}
