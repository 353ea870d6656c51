package io.hawser.runtime.image.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * How registries are reached.
 *
 * @param mirrors for a registry's name, where to ask first, best first; those under {@link
 *     #ANY_REGISTRY} serve all registries, with the registry's name before the repository
 * @param plainHttp registries and mirrors spoken to without TLS; those on this machine's loopback
 *     are, unless they have a certificate authority below
 * @param authorities a PEM file of certificates trusted for a registry or mirror, besides Java's
 * @param parallelBlobs layers on their way at once
 * @param connectTimeout until a connection stands
 * @param answerTimeout until the head of an answer comes
 * @param stallTimeout longest pause in the middle of content
 * @param nodeTls how other nodes of the cluster are spoken to that ask for TLS
 */
public record RegistrySettings(
    Map<String, List<Mirror>> mirrors,
    Set<String> plainHttp,
    Map<String, Path> authorities,
    Credentials credentials,
    RetryPolicy retry,
    int parallelBlobs,
    Duration connectTimeout,
    Duration answerTimeout,
    Duration stallTimeout,
    Optional<SSLContext> nodeTls) {
  public static final String ANY_REGISTRY = "*";
  public static final int PARALLEL_BLOBS = 4;
  public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  public static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
  public static final Duration STALL_TIMEOUT = Duration.ofSeconds(30);

  /**
   * A registry that has another one's images.
   *
   * @param host host, or host:port
   * @param pathPrefix put before the repository, such as {@code docker-hub}; may be empty
   */
  public record Mirror(String host, String pathPrefix) {
    /** Reads {@code host[:port][/prefix]}. */
    public static Mirror parse(String text) {
      String plain = text.replaceFirst("^https?://", "").replaceFirst("/$", "");
      int slash = plain.indexOf('/');
      return slash < 0
          ? new Mirror(plain, "")
          : new Mirror(plain.substring(0, slash), plain.substring(slash + 1));
    }
  }

  /** The user's own credentials, no mirrors. */
  public static RegistrySettings defaults() {
    return new RegistrySettings(
        Map.of(),
        Set.of(),
        Map.of(),
        DockerConfig.ofUser(),
        RetryPolicy.DEFAULT,
        PARALLEL_BLOBS,
        CONNECT_TIMEOUT,
        ANSWER_TIMEOUT,
        STALL_TIMEOUT,
        Optional.empty());
  }

  public RegistrySettings withMirrors(Map<String, List<Mirror>> newMirrors) {
    return new RegistrySettings(
        newMirrors,
        plainHttp,
        authorities,
        credentials,
        retry,
        parallelBlobs,
        connectTimeout,
        answerTimeout,
        stallTimeout,
        nodeTls);
  }

  public RegistrySettings withPlainHttp(String host) {
    Set<String> hosts = new HashSet<>(plainHttp);
    hosts.add(host);
    return new RegistrySettings(
        mirrors,
        hosts,
        authorities,
        credentials,
        retry,
        parallelBlobs,
        connectTimeout,
        answerTimeout,
        stallTimeout,
        nodeTls);
  }

  public RegistrySettings withAuthorities(Map<String, Path> newAuthorities) {
    return new RegistrySettings(
        mirrors,
        plainHttp,
        newAuthorities,
        credentials,
        retry,
        parallelBlobs,
        connectTimeout,
        answerTimeout,
        stallTimeout,
        nodeTls);
  }

  public RegistrySettings withCredentials(Credentials newCredentials) {
    return new RegistrySettings(
        mirrors,
        plainHttp,
        authorities,
        newCredentials,
        retry,
        parallelBlobs,
        connectTimeout,
        answerTimeout,
        stallTimeout,
        nodeTls);
  }

  public RegistrySettings withRetry(RetryPolicy newRetry) {
    return new RegistrySettings(
        mirrors,
        plainHttp,
        authorities,
        credentials,
        newRetry,
        parallelBlobs,
        connectTimeout,
        answerTimeout,
        stallTimeout,
        nodeTls);
  }

  public RegistrySettings withTimeouts(Duration connect, Duration answer, Duration stall) {
    return new RegistrySettings(
        mirrors,
        plainHttp,
        authorities,
        credentials,
        retry,
        parallelBlobs,
        connect,
        answer,
        stall,
        nodeTls);
  }

  public RegistrySettings withNodeTls(Optional<SSLContext> context) {
    return new RegistrySettings(
        mirrors,
        plainHttp,
        authorities,
        credentials,
        retry,
        parallelBlobs,
        connectTimeout,
        answerTimeout,
        stallTimeout,
        context);
  }

  public RegistrySettings withPlainHttp(Set<String> hosts) {
    return hosts.stream().reduce(this, RegistrySettings::withPlainHttp, (a, b) -> b);
  }

  boolean isPlainHttp(String host) {
    return plainHttp.contains(host) || isLoopback(host) && !authorities.containsKey(host);
  }

  private static boolean isLoopback(String host) {
    String name = host.replaceFirst(":\\d+$", "");
    return name.equals("localhost")
        || name.equals("[::1]")
        || name.matches("127\\.\\d+\\.\\d+\\.\\d+");
  }
}
