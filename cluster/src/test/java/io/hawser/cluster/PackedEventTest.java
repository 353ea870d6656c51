package io.hawser.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.cluster.state.PackedEvent;
import io.hawser.cluster.state.SchedulerEvent.PodStatusChanged;
import io.hawser.model.PodStatus;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** That all of it comes back through Pekko, {@link MessageRoundTripTest} shows. */
class PackedEventTest {
  /** Every field has a value, also those that hardly any pod has. */
  private static final PodStatusChanged EVERYTHING =
      (PodStatusChanged) new MessageSamples(null, null, true).of(PodStatusChanged.class);

  private static final PodStatusChanged PLAIN = plain(EVERYTHING);

  static PodStatusChanged plain(PodStatusChanged event) {
    PodStatus status = PodPackTest.plain(event.status());
    return new PodStatusChanged(event.name(), status, event.at());
  }

  @Test
  void aPlainStatusComesBackAsItWas() {
    assertThat(PackedEvent.isPlain(PLAIN)).isTrue();
    assertThat(PackedEvent.read(PackedEvent.write(PLAIN))).isEqualTo(PLAIN);
  }

  @Test
  void whatTheFormCannotSayIsNotPlain() {
    assertThat(PackedEvent.isPlain(EVERYTHING)).isFalse();
  }

  @Test
  void aNewFieldIsWrittenByPackedEventBeforeItIsCountedHere() {
    assertThat(PodStatusChanged.class.getRecordComponents()).hasSize(3);
  }

  @Test
  void bytesThatAreCutOffOrTooManyAreRefused() {
    byte[] whole = PackedEvent.write(PLAIN);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> PackedEvent.read(cut)).isInstanceOf(IllegalArgumentException.class);
    }
    byte[] longer = Arrays.copyOf(whole, whole.length + 1);
    assertThatThrownBy(() -> PackedEvent.read(longer)).hasMessageContaining("more behind");
  }

  @Test
  void aLaterFormIsRefusedByItsNumber() {
    assertThatThrownBy(() -> PackedEvent.read(new byte[] {2})).hasMessageContaining("form 2");
  }
}
