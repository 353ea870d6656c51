package io.hawser.runtime.image.registry;

/**
 * What a registry asks for.
 *
 * @param username empty when there is only a token
 * @param password empty when there is only a token
 * @param identityToken a refresh token for OAuth 2, or empty
 */
public record Credential(String username, String password, String identityToken) {
  public Credential(String username, String password) {
    this(username, password, "");
  }

  /** Never shows a secret. */
  @Override
  public String toString() {
    return "Credential[" + username + "]";
  }
}
