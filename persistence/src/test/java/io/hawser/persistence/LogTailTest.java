package io.hawser.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class LogTailTest {
  private static final int SEED = 7;

  @Test
  void aWholeLogIsLeftAlone() {
    assertThat(LogTail.tornAt(zeros(segment(100, 3000, 20), 5000))).isEmpty();
    assertThat(LogTail.tornAt(segment(100, 3000, 20))).isEmpty();
    assertThat(LogTail.tornAt(zeros(segment(), 100))).isEmpty();
  }

  @Test
  void anEntryWhoseEndIsMissingIsCutOffWhereverItEnds() {
    byte[] before = segment(100, 700);
    byte[] whole = segment(100, 700, 2000);
    for (int kept = before.length + 1; kept <= whole.length - 4; kept++) {
      byte[] torn = zeros(Arrays.copyOf(whole, kept), 10_000);
      assertThat(LogTail.tornAt(torn)).as("%d bytes kept", kept).hasValue(before.length);
    }
  }

  @Test
  void anEntryWithAHoleOfASectorIsCutOff() {
    byte[] before = segment(100, 700);
    byte[] torn = zeros(segment(100, 700, 3000), 4000);
    Arrays.fill(torn, 1536, 2048, (byte) 0);
    assertThat(LogTail.tornAt(torn)).hasValue(before.length);
  }

  @Test
  void aChangedByteIsDamageAndLeftAlone() {
    byte[] whole = segment(100, 700, 2000);
    for (int at : new int[] {50, 300, 1500, whole.length - 1}) {
      byte[] damaged = zeros(whole, 1000);
      damaged[at] ^= 1;
      assertThat(LogTail.tornAt(damaged)).as("byte %d", at).isEmpty();
    }
  }

  @Test
  void aHoleWithWholeEntriesBehindItIsDamageAndLeftAlone() {
    byte[] holed = zeros(segment(100, 3000, 700), 1000);
    Arrays.fill(holed, 1024, 1536, (byte) 0);
    assertThat(LogTail.tornAt(holed)).isEmpty();
  }

  private static byte[] zeros(byte[] before, int count) {
    return Arrays.copyOf(before, before.length + count);
  }

  private static byte[] segment(int... sizes) {
    Random random = new Random(SEED);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("RaftLog1".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    for (int size : sizes) {
      ByteBuffer entry = ByteBuffer.allocate(size + 16);
      int rest = size;
      while (rest >= 0x80) {
        entry.put((byte) (rest | 0x80));
        rest >>>= 7;
      }
      entry.put((byte) rest);
      for (int i = 0; i < size; i++) {
        // No zeros: a disk's holes are what is looked for.
        entry.put((byte) (1 + random.nextInt(255)));
      }
      CRC32C sum = new CRC32C();
      sum.update(entry.array(), 0, entry.position());
      entry.putInt((int) sum.getValue());
      out.write(entry.array(), 0, entry.position());
    }
    return out.toByteArray();
  }
}
