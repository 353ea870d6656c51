package io.hawser.cluster.security;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mutual TLS with the cluster's own authority, for everything that nodes say to each other:
 * remoting, Raft, images. Both sides of a connection use {@link #context()}; a server must ask for
 * the client's certificate ({@code setNeedClientAuth(true)}).
 *
 * <p>The key and the certificates are one file, {@code DIR/node.pem}, replaced by rename. A
 * handshake uses the newest: the file is looked at once a second at most, so a certificate rotates
 * without a restart, whoever replaced it. Connections that exist stay. Thread-safe.
 */
public final class NodeTls {
  /** The node's key, its certificate and the authority's, readable by its owner only. */
  public static final String FILE = "node.pem";

  /** Whom else it believes, and whom no more; missing: nobody. */
  public static final String TRUST_FILE = "trust.pem";

  private static final Logger LOG = LoggerFactory.getLogger(NodeTls.class);
  private static final long LOOK_INTERVAL_NANOS = 1_000_000_000;

  private final Path file;
  private final SSLContext context;
  private final AtomicLong lookedAtNanos = new AtomicLong();
  private volatile Loaded loaded;

  private record Loaded(
      NodeIdentity identity,
      Trust trust,
      List<X509Certificate> authorities,
      FileTime changed,
      FileTime trustChanged) {}

  private NodeTls(Path file, Loaded loaded) throws GeneralSecurityException {
    this.file = file;
    this.loaded = loaded;
    this.lookedAtNanos.set(System.nanoTime());
    this.context = SSLContext.getInstance("TLSv1.3");
    context.init(
        new X509ExtendedKeyManager[] {keyManager()},
        new X509ExtendedTrustManager[] {trustManager()},
        null);
    // A resumed session is not checked against certificates again: none is resumed.
    context.getServerSessionContext().setSessionTimeout(1);
    context.getClientSessionContext().setSessionTimeout(1);
  }

  /**
   * Reads a node's identity.
   *
   * @param dir the directory of {@link #FILE}
   * @throws IOException naming the file, when it is missing, damaged or open to others
   */
  public static NodeTls open(Path dir) throws IOException {
    Path file = dir.resolve(FILE);
    try {
      if (Files.getPosixFilePermissions(file).stream().anyMatch(p -> !p.name().startsWith("OWN"))) {
        throw new IOException(file + " holds a key and must not be open to others: chmod 600");
      }
      NodeTls tls = new NodeTls(file, load(file));
      warnOfTime(tls.loaded);
      return tls;
    } catch (NoSuchFileException e) {
      throw new IOException("this node has no certificate: " + file + " is missing", e);
    } catch (GeneralSecurityException e) {
      throw new IOException(file + " can't be used: " + e.getMessage(), e);
    }
  }

  /** True when a node's directory has an identity. */
  public static boolean exists(Path dir) {
    return Files.exists(dir.resolve(FILE));
  }

  /**
   * Replaces a secret file as a whole: after a crash it has the old content or the new. Only its
   * owner can read it, from the first byte on.
   */
  public static void writeSecret(Path file, String content) throws IOException {
    Path next = file.resolveSibling("." + file.getFileName() + ".next");
    Files.deleteIfExists(next);
    try (FileChannel channel =
        FileChannel.open(
            next,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static Loaded load(Path file) throws IOException, GeneralSecurityException {
    FileTime changed = Files.getLastModifiedTime(file);
    FileTime trustChanged = trustTime(file);
    Path trustFile = file.resolveSibling(TRUST_FILE);
    NodeIdentity identity = NodeIdentity.parse(Files.readString(file));
    Trust trust = Files.exists(trustFile) ? Trust.parse(Files.readString(trustFile)) : Trust.NONE;
    List<X509Certificate> authorities = new ArrayList<>(trust.certificates());
    if (authorities.isEmpty()) {
      authorities.add(identity.authority());
    }
    return new Loaded(identity, trust, List.copyOf(authorities), changed, trustChanged);
  }

  private static FileTime trustTime(Path file) throws IOException {
    Path trustFile = file.resolveSibling(TRUST_FILE);
    return Files.exists(trustFile) ? Files.getLastModifiedTime(trustFile) : FileTime.fromMillis(0);
  }

  /**
   * One context for servers and clients; it always speaks for the newest identity. TLS 1.3 only.
   */
  public SSLContext context() {
    return context;
  }

  /** For libraries that build contexts of their own. */
  public X509ExtendedKeyManager keyManager() {
    return new NewestKey(this::identity);
  }

  /** Accepts certificates of this cluster's authorities and no others, for either side. */
  public X509ExtendedTrustManager trustManager() {
    return new TrustedAuthorities(
        () -> current().authorities(), certificate -> current().trust().isRevoked(certificate));
  }

  /** The version of what this node was told last about whom to believe, 0: nothing. */
  public long trustVersion() {
    return current().trust().version();
  }

  /** True when another authority signs by now: this node should ask for its next certificate. */
  public boolean isOfFormerAuthority() {
    String signer = current().trust().signer();
    return !signer.isEmpty() && !signer.equals(signedBy());
  }

  /** Fingerprint of the authority that signed this node's certificate. */
  public String signedBy() {
    return Pem.fingerprint(identity().authority());
  }

  /** The authority's certificate in PEM. */
  public String authorityPem() {
    try {
      return Pem.encode(Pem.CERTIFICATE, identity().authority().getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the authority's certificate can't be written", e);
    }
  }

  /** When this node should ask for its next certificate. */
  public Instant renewAt() {
    return identity().renewAt();
  }

  /** When the present certificate ends. */
  public Instant validUntil() {
    return identity().certificate().getNotAfter().toInstant();
  }

  /**
   * Why a new certificate should wait: by this machine's clock it has not begun, and the present
   * one has not ended.
   *
   * @param certificatePem as the authority signed it
   * @return empty when it is better than the present one, or can't be read
   */
  public Optional<String> whyWait(String certificatePem) {
    Instant now = Instant.now();
    try {
      Optional<X509Certificate> next = Pem.certificates(certificatePem).stream().findFirst();
      return next.filter(n -> now.isBefore(n.getNotBefore().toInstant()))
          .filter(n -> now.isBefore(validUntil()))
          .flatMap(n -> CertificateTime.whyNot(n, now));
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  private NodeIdentity identity() {
    return current().identity();
  }

  private Loaded current() {
    long last = lookedAtNanos.get();
    long now = System.nanoTime();
    if (now - last >= LOOK_INTERVAL_NANOS && lookedAtNanos.compareAndSet(last, now)) {
      reload();
    }
    return loaded;
  }

  /** Looks at the file now. A damaged one is reported, and the identity read before stays. */
  public synchronized void reload() {
    FileTime changed = loaded.changed();
    FileTime trustChanged = loaded.trustChanged();
    try {
      changed = Files.getLastModifiedTime(file);
      trustChanged = trustTime(file);
      if (!changed.equals(loaded.changed()) || !trustChanged.equals(loaded.trustChanged())) {
        loaded = load(file);
        LOG.info(
            "This node's certificate is valid until {}; trust of version {}",
            validUntilOf(loaded),
            loaded.trust().version());
        warnOfTime(loaded);
      }
    } catch (IOException | GeneralSecurityException e) {
      // Told once for each change of a file.
      loaded =
          new Loaded(
              loaded.identity(), loaded.trust(), loaded.authorities(), changed, trustChanged);
      LOG.error("{} can't be used and what was read before stays: {}", file, e.getMessage());
    }
  }

  /** The others refuse it then, and only their logs say why. */
  private static void warnOfTime(Loaded loaded) {
    CertificateTime.whyNot(loaded.identity().certificate(), Instant.now())
        .ifPresent(why -> LOG.warn("No member believes this node now: {}", why));
  }

  private static Instant validUntilOf(Loaded loaded) {
    return loaded.identity().certificate().getNotAfter().toInstant();
  }
}
