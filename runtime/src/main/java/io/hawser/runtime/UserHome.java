package io.hawser.runtime;

import java.nio.file.Path;

/** The home directory of whoever runs this program. */
public final class UserHome {
  private UserHome() {}

  /**
   * {@code $HOME}, as for every other program; the JVM looks only into the accounts' file, where a
   * user may have none or not be at all.
   */
  public static Path path() {
    String home = System.getenv("HOME");
    return Path.of(home == null || home.isEmpty() ? System.getProperty("user.home") : home);
  }
}
