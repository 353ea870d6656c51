package io.hawser.runtime.image;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.hawser.runtime.image.fs.OpenSslSha256;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * The name of content by its hash, {@code sha256:…}; source: OCI image specification,
 * descriptor.md.
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex lower-case, 64 or 128 digits
 */
public record Digest(String algorithm, String hex) implements Comparable<Digest> {
  private static final Map<String, Integer> HEX_LENGTH = Map.of("sha256", 64, "sha512", 128);

  public Digest {
    Integer length = HEX_LENGTH.get(algorithm);
    if (length == null) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT,
          "digest algorithm '" + algorithm + "' is not known; expected sha256 or sha512");
    }
    if (hex.length() != length || !hex.chars().allMatch(Digest::isLowerHex)) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT,
          "digest '" + algorithm + ":" + hex + "' needs " + length + " lower-case hex digits");
    }
  }

  private static boolean isLowerHex(int c) {
    return c >= '0' && c <= '9' || c >= 'a' && c <= 'f';
  }

  @JsonCreator
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT, "'" + text + "' is no digest; expected sha256:…");
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  /** The SHA-256 of some bytes, few enough to be hashed by Java itself. */
  public static Digest of(byte[] content) {
    try {
      return of("sha256", MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static Digest of(String algorithm, byte[] hash) {
    return new Digest(algorithm, HexFormat.of().formatHex(hash));
  }

  /** Ends a hash begun with {@link #hasher()}; the hasher starts anew. */
  public static Digest finish(String algorithm, MessageDigest hasher) {
    return of(algorithm, hasher.digest());
  }

  /** A fresh hasher of this digest's own algorithm. */
  public MessageDigest hasher() {
    return hasher(algorithm);
  }

  public static MessageDigest hasher(String algorithm) {
    if (algorithm.equals("sha256")) {
      Optional<MessageDigest> fast = OpenSslSha256.create();
      if (fast.isPresent()) {
        return fast.get();
      }
    }
    try {
      return MessageDigest.getInstance(algorithm.equals("sha512") ? "SHA-512" : "SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first twelve digits, as listings show it. */
  public String shortHex() {
    return hex.substring(0, 12);
  }

  @Override
  public int compareTo(Digest other) {
    return toString().compareTo(other.toString());
  }

  @Override
  @JsonValue
  public String toString() {
    return algorithm + ":" + hex;
  }
}
