package io.hawser.cluster.security;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.remote.artery.tcp.SSLEngineProvider;
import scala.Option;

/**
 * Pekko's remoting over {@link NodeTls}: both sides must show a certificate of the cluster's
 * authority. Pekko's own rotating provider reads three files that can't be replaced together, and
 * minutes late.
 */
public final class RemotingTls implements SSLEngineProvider {
  private static final String DIR = "hawser.tls.dir";

  private final NodeTls tls;

  /** Made by Pekko from the configuration. */
  public RemotingTls(ActorSystem system) {
    try {
      this.tls = NodeTls.open(Path.of(system.settings().config().getString(DIR)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Remoting with TLS, for {@link io.hawser.cluster.ClusterConfig#load}.
   *
   * @param dir where the node's identity is
   */
  public static Config config(Path dir) {
    return ConfigFactory.parseMap(
        Map.of(
            DIR,
            dir.toString(),
            "pekko.remote.artery.transport",
            "tls-tcp",
            "pekko.remote.artery.ssl.ssl-engine-provider",
            RemotingTls.class.getName()));
  }

  @Override
  public SSLEngine createServerSSLEngine(String host, int port) {
    SSLEngine engine = tls.context().createSSLEngine(host, port);
    engine.setUseClientMode(false);
    engine.setNeedClientAuth(true);
    return engine;
  }

  @Override
  public SSLEngine createClientSSLEngine(String host, int port) {
    SSLEngine engine = tls.context().createSSLEngine(host, port);
    engine.setUseClientMode(true);
    return engine;
  }

  /** The handshake has checked everything already. */
  @Override
  public Option<Throwable> verifyClientSession(String host, SSLSession session) {
    return Option.empty();
  }

  @Override
  public Option<Throwable> verifyServerSession(String host, SSLSession session) {
    return Option.empty();
  }
}
