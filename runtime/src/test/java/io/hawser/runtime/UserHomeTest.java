package io.hawser.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class UserHomeTest {
  @Test
  void theShellsHomeCountsMoreThanTheAccounts() {
    String shells = System.getenv("HOME");
    assumeThat(shells).isNotEmpty();
    String accounts = System.getProperty("user.home");
    System.setProperty("user.home", "/nonexistent");
    try {
      assertThat(UserHome.path()).isEqualTo(Path.of(shells));
    } finally {
      System.setProperty("user.home", accounts);
    }
  }
}
