package io.hawser.scheduler.security;

import io.hawser.cluster.security.NodeTls;
import io.hawser.cluster.security.Pem;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The cluster's own certificate authority: made at its first start, held by the controllers. It
 * signs certificates for nodes and for nothing else, so a certificate of it is membership.
 */
public final class CertificateAuthority {
  /** The authority's key and certificate, readable by its owner only. */
  public static final String FILE = "authority.pem";

  /** How long a node's certificate is valid; it is renewed after two thirds of that. */
  public static final Duration NODE_VALIDITY = Duration.ofDays(30);

  static final Duration VALIDITY = Duration.ofDays(3_650);

  /**
   * Clocks of machines differ: a certificate is valid from so long before it was made. More than a
   * wrong time zone, by which clocks that nobody keeps are mostly wrong (14 h).
   */
  static final Duration CLOCK_SKEW = Duration.ofDays(1);

  /** Of a short-lived certificate at most that part of its time: it still has a middle. */
  private static final int SKEW_PART = 24;

  /** Of AES-GCM, NIST SP 800-38D. */
  private static final int NONCE_BYTES = 12;

  private static final String SIGNATURE = "SHA256withECDSA";

  private final PrivateKey key;
  private final X509Certificate certificate;

  private CertificateAuthority(PrivateKey key, X509Certificate certificate) {
    this.key = key;
    this.certificate = certificate;
  }

  /** A new authority, in memory. */
  public static CertificateAuthority create(Instant now) {
    KeyPair pair = CertificateRequest.newKey();
    byte[] id = new byte[4];
    new SecureRandom().nextBytes(id);
    X500Name name = new X500Name("CN=hawser authority " + HexFormat.of().formatHex(id));
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              serial(),
              Date.from(now.minus(CLOCK_SKEW)),
              Date.from(now.plus(VALIDITY)),
              name,
              pair.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return new CertificateAuthority(pair.getPrivate(), sign(builder, pair.getPrivate()));
    } catch (CertIOException e) {
      throw new IllegalStateException("the authority's certificate can't be made", e);
    }
  }

  public static boolean exists(Path dir) {
    return Files.exists(dir.resolve(FILE));
  }

  /**
   * Reads the authority of a controller.
   *
   * @throws IOException naming the file, when it can't be read
   */
  public static CertificateAuthority open(Path dir) throws IOException {
    Path file = dir.resolve(FILE);
    try {
      return parse(Files.readString(file));
    } catch (GeneralSecurityException e) {
      throw new IOException(file + " can't be used: " + e.getMessage(), e);
    }
  }

  static CertificateAuthority parse(String text) throws GeneralSecurityException {
    return new CertificateAuthority(Pem.privateKey(text), Pem.certificates(text).get(0));
  }

  /** Writes key and certificate where only this user can read them. */
  public void save(Path dir) throws IOException {
    NodeTls.writeSecret(dir.resolve(FILE), secretPem());
  }

  /** Key and certificate: for controllers only. */
  String secretPem() {
    return Pem.encode(Pem.KEY, key.getEncoded()) + certificatePem();
  }

  /** Another authority's key, for a place that others can read: only who has this key opens it. */
  String seal(CertificateAuthority other) {
    try {
      byte[] nonce = new byte[NONCE_BYTES];
      new SecureRandom().nextBytes(nonce);
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce).doFinal(other.key.getEncoded());
      byte[] all = Arrays.copyOf(nonce, nonce.length + sealed.length);
      System.arraycopy(sealed, 0, all, nonce.length, sealed.length);
      return Base64.getEncoder().encodeToString(all);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JVM has AES-GCM", e);
    }
  }

  /**
   * Opens what {@link #seal} made.
   *
   * @throws IllegalStateException when it was sealed by another key
   */
  CertificateAuthority open(String sealedKey, String certificatePem) {
    byte[] all = Base64.getDecoder().decode(sealedKey);
    byte[] nonce = Arrays.copyOf(all, NONCE_BYTES);
    try {
      byte[] opened =
          cipher(Cipher.DECRYPT_MODE, nonce).doFinal(all, NONCE_BYTES, all.length - NONCE_BYTES);
      return parse(Pem.encode(Pem.KEY, opened) + certificatePem);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the next authority's key can't be opened", e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce) throws GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    digest.update("hawser authority".getBytes(StandardCharsets.US_ASCII));
    SecretKeySpec secret = new SecretKeySpec(digest.digest(key.getEncoded()), "AES");
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, secret, new GCMParameterSpec(128, nonce));
    return cipher;
  }

  public String certificatePem() {
    try {
      return Pem.encode(Pem.CERTIFICATE, certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the authority's certificate can't be written", e);
    }
  }

  /** What a join token names this authority by. */
  public String fingerprint() {
    return Pem.fingerprint(certificate);
  }

  /**
   * A node's certificate, in PEM.
   *
   * @param request who proved to hold the key
   * @throws IllegalArgumentException when the request does not hold what a node's has
   */
  public String sign(CertificateRequest request, Instant now, Duration validity) {
    return sign(request, now.minus(skew(validity)), now, validity);
  }

  /**
   * As {@link #sign(CertificateRequest, Instant, Duration)}.
   *
   * @param from when it begins, at the earliest: after the node was thrown out, if it was
   */
  String sign(CertificateRequest request, Instant from, Instant now, Duration validity) {
    Instant begin = now.minus(skew(validity)).isBefore(from) ? from : now.minus(skew(validity));
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              certificate,
              serial(),
              Date.from(begin),
              Date.from(now.plus(validity)),
              new X500Name("CN=" + request.node()),
              request.publicKey());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      Extensions asked = request.names();
      builder.addExtension(asked.getExtension(Extension.subjectAlternativeName));
      return Pem.encode(Pem.CERTIFICATE, sign(builder, key).getEncoded());
    } catch (CertIOException | GeneralSecurityException e) {
      throw new IllegalArgumentException("the certificate can't be made: " + e.getMessage(), e);
    }
  }

  private static Duration skew(Duration validity) {
    Duration part = validity.dividedBy(SKEW_PART);
    return part.compareTo(CLOCK_SKEW) < 0 ? part.plusSeconds(1) : CLOCK_SKEW;
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key) {
    try {
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
    } catch (OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException("the certificate can't be signed", e);
    }
  }

  /** Positive and at most 20 bytes (RFC 5280, 4.1.2.2). */
  private static BigInteger serial() {
    return new BigInteger(127, new SecureRandom()).add(BigInteger.ONE);
  }
}
