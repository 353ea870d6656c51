package io.hawser.ops.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.ops.cli.Hawser;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.registry.TransferProgress.Stage;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressBarsTest {
  private static final Digest ONE = Digest.of(new byte[] {1});
  private static final Digest TWO = Digest.of(new byte[] {2});

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private String text() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void terminalHasOneBarForEachBlob() {
    try (ProgressBars bars = ProgressBars.drawing(out)) {
      bars.at(ONE, Stage.MOVING, 25, 100);
      bars.at(TWO, Stage.UNPACKED, 10, 10);
    }
    String last = text().substring(text().lastIndexOf(ONE.shortHex()));
    assertThat(last.lines().toList())
        .hasSize(2)
        .satisfies(
            lines -> {
              assertThat(lines.get(0)).contains("[=======   ", "25 %", "100 B", "moving");
              assertThat(lines.get(1)).startsWith(TWO.shortHex()).contains("100 %", "unpacked");
            });
  }

  @Test
  void elsewhereABlobIsALineWhenItIsDone() {
    Hawser.Streams streams =
        new Hawser.Streams(InputStream.nullInputStream(), System.out, out, Map.of());
    try (ProgressBars bars = ProgressBars.on(streams, false)) {
      bars.at(ONE, Stage.MOVING, 25, 100);
      bars.at(ONE, Stage.MOVED, 100, 100);
    }
    assertThat(text()).isEqualTo(ONE.shortHex() + "  moved  100 B\n");
  }

  @Test
  void quietSaysNothing() {
    Hawser.Streams streams =
        new Hawser.Streams(InputStream.nullInputStream(), System.out, out, Map.of());
    try (ProgressBars bars = ProgressBars.on(streams, true)) {
      bars.at(ONE, Stage.MOVED, 100, 100);
    }
    assertThat(text()).isEmpty();
  }
}
