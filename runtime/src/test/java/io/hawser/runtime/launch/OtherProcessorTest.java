package io.hawser.runtime.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.runtime.kernel.Errno;
import io.hawser.runtime.kernel.LinuxKernel;
import io.hawser.runtime.kernel.RecordingKernel;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

class OtherProcessorTest {
  private static final BitSet FOUR = OtherProcessor.parse("0-3");

  private final RecordingKernel kernel = new RecordingKernel();

  private void leave(BitSet online) {
    new OtherProcessor(kernel, online).leave(2, 77);
  }

  @Test
  void listsOfProcessorsAreThoseOfTheKernel() {
    assertThat(OtherProcessor.parse("0-2,5").stream()).containsExactly(0, 1, 2, 5);
    assertThat(OtherProcessor.parse("0").stream()).containsExactly(0);
  }

  @Test
  void threadIsKeptFromOneProcessorForAMomentAndMayThenUseAll() {
    kernel.runsOn(2, FOUR);
    leave(FOUR);
    assertThat(kernel.calls())
        .hasSize(3)
        .contains("setAffinity[77, {0, 1, 3}]")
        .last()
        .asString()
        .startsWith("setAffinity[77, {0, 1, 2, 3, 4, 5, 6,");
  }

  @Test
  void agentThatMayNotUseAllProcessorsDoesNotGiveThemToItsContainers() {
    kernel.runsOn(2, OtherProcessor.parse("1-2"));
    leave(FOUR);
    assertThat(kernel.calls()).containsExactly("affinity[0]");
  }

  @Test
  void thereIsNoOtherOnAMachineOfOne() {
    kernel.runsOn(0, OtherProcessor.parse("0"));
    leave(OtherProcessor.parse("0"));
    assertThat(kernel.calls()).containsExactly("affinity[0]");
  }

  @Test
  void endedProcessIsOfNoConsequence() {
    kernel.runsOn(2, FOUR);
    kernel.failOn("setAffinity", Errno.ESRCH);
    leave(FOUR);
    assertThat(kernel.calls()).contains("setAffinity[77, {0, 1, 3}]");
  }

  @Test
  void realThreadMovesAndMayUseWhatItCouldBefore() {
    LinuxKernel linux = new LinuxKernel();
    BitSet before = linux.affinity(0);
    int processor = linux.processor();
    new OtherProcessor(linux).leave(processor, 0);
    assertThat(linux.affinity(0)).isEqualTo(before);
    assertThat(before.get(linux.processor())).isTrue();
  }
}
