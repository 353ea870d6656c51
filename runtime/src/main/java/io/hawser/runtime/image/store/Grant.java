package io.hawser.runtime.image.store;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The mark of a credential that a registry accepted: a salted hash, so that the same credential is
 * known again and can't be read back.
 *
 * @param salt random, in hex
 * @param hash of salt and credential, in hex
 */
public record Grant(String salt, String hash) {
  private static final int SALT_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * @param secret all that makes up the credential
   */
  public static Grant of(String secret) {
    byte[] salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    String hex = HexFormat.of().formatHex(salt);
    return new Grant(hex, hash(hex, secret));
  }

  @JsonCreator
  static Grant parse(String text) {
    int dollar = text.indexOf('$');
    return dollar < 0
        ? new Grant("", "")
        : new Grant(text.substring(0, dollar), text.substring(dollar + 1));
  }

  public boolean isOf(String secret) {
    return MessageDigest.isEqual(
        hash.getBytes(StandardCharsets.US_ASCII),
        hash(salt, secret).getBytes(StandardCharsets.US_ASCII));
  }

  private static String hash(String salt, String secret) {
    try {
      MessageDigest hasher = MessageDigest.getInstance("SHA-256");
      hasher.update(salt.getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(hasher.digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  @JsonValue
  public String toString() {
    return salt + "$" + hash;
  }
}
