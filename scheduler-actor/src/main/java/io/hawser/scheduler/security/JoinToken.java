package io.hawser.scheduler.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What lets a machine join: {@code ID.SECRET.FINGERPRINT}, all in hexadecimal. The secret proves to
 * the cluster that the machine may join; the authority's fingerprint proves to the machine that it
 * speaks with this cluster, before it says anything.
 *
 * @param secret 128 bits; only the one who asked for the token and the joining machine know it
 * @param fingerprint SHA-256 of the authority's certificate
 */
public record JoinToken(String id, String secret, String fingerprint) {
  private static final Pattern FORM =
      Pattern.compile("([0-9a-f]{8})\\.([0-9a-f]{32})\\.([0-9a-f]{64})");

  static JoinToken create(SecureRandom random, String fingerprint) {
    return new JoinToken(hex(random, 4), hex(random, 16), fingerprint);
  }

  private static String hex(SecureRandom random, int bytes) {
    byte[] value = new byte[bytes];
    random.nextBytes(value);
    return HexFormat.of().formatHex(value);
  }

  /**
   * Reads a token as {@code hawser token create} printed it.
   *
   * @throws IllegalArgumentException without quoting it
   */
  public static JoinToken parse(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a join token: expected ID.SECRET.FINGERPRINT");
    }
    return new JoinToken(matcher.group(1), matcher.group(2), matcher.group(3));
  }

  public String text() {
    return id + "." + secret + "." + fingerprint;
  }

  /** What is sent to the cluster: it knows its own fingerprint. */
  public String claim() {
    return id + "." + secret;
  }

  static String digest(String secret) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(secret.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** The secret stays out of logs. */
  @Override
  public String toString() {
    return "JoinToken[" + id + "]";
  }
}
