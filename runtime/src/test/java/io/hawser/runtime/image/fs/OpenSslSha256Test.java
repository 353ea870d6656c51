package io.hawser.runtime.image.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.security.MessageDigest;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OpenSslSha256Test {
  @Test
  void itHashesAsJavaDoesHoweverTheBytesCome() throws Exception {
    assumeTrue(OpenSslSha256.create().isPresent(), "this machine has no OpenSSL");
    MessageDigest own = OpenSslSha256.create().orElseThrow();
    MessageDigest java = MessageDigest.getInstance("SHA-256");
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      for (int piece = random.nextInt(5); piece >= 0; piece--) {
        byte[] bytes = new byte[random.nextInt(200_000)];
        random.nextBytes(bytes);
        int from = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        own.update(bytes, from, bytes.length - from);
        java.update(bytes, from, bytes.length - from);
        own.update((byte) piece);
        java.update((byte) piece);
      }
      if (random.nextInt(10) == 0) {
        own.reset();
        java.reset();
      }
      assertThat(own.digest()).as("seed " + seed).isEqualTo(java.digest());
    }
  }
}
