package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.model.ObjectName;
import io.hawser.model.PodReport;
import io.hawser.model.PodStatus;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReportOutboxTest {
  private final AtomicLong numbers = new AtomicLong();
  private final ReportOutbox outbox = new ReportOutbox(numbers::incrementAndGet);

  private static PodReport report(String uid, boolean gone) {
    return new PodReport(new ObjectName("default", uid), uid, PodStatus.PENDING, gone);
  }

  @Test
  void newestNewsOfAPodReplacesOlder() {
    outbox.add(report("a", false));
    outbox.add(report("a", true));
    assertThat(outbox.flush().get().pods()).containsExactly(report("a", true));
  }

  @Test
  void nothingElseIsSentWhileABatchIsUnderWay() {
    outbox.add(report("a", false));
    ReportOutbox.Batch first = outbox.flush().get();
    outbox.add(report("a", true));
    assertThat(outbox.flush()).isEmpty();
    assertThat(outbox.underWay()).contains(first);
    assertThat(outbox.accepted(first.number() + 1)).isFalse();
    assertThat(outbox.accepted(first.number())).isTrue();
    assertThat(outbox.accepted(first.number())).isFalse();
    assertThat(outbox.flush().get())
        .isEqualTo(new ReportOutbox.Batch(2, List.of(report("a", true)), List.of()));
    assertThat(outbox.reportsGone("a")).isTrue();
  }

  @Test
  void removedVolumeIsNewsOnceAndAgainWhenItIsSaidAgain() {
    outbox.addRemoved("pvc-1");
    outbox.addRemoved("pvc-1");
    ReportOutbox.Batch batch = outbox.flush().get();
    assertThat(batch).isEqualTo(new ReportOutbox.Batch(1, List.of(), List.of("pvc-1")));
    assertThat(outbox.accepted(1)).isTrue();
    assertThat(outbox.hasNews()).isFalse();
    outbox.addRemoved("pvc-1");
    assertThat(outbox.hasNews()).isTrue();
  }
}
