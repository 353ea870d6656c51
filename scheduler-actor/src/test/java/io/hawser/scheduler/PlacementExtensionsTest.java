package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.model.PlacementHints.Policy;
import io.hawser.scheduler.core.placement.PlacementSettings;
import io.hawser.scheduler.spi.NodeFacts;
import io.hawser.scheduler.spi.PlacementContract;
import io.hawser.scheduler.spi.PlacementFilter;
import io.hawser.scheduler.spi.PlacementScorer;
import io.hawser.scheduler.spi.PodFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlacementExtensionsTest {
  @Test
  void theExamplesJarIsFoundInItsFolderAndKeepsTheContract(@TempDir Path dir) throws IOException {
    Jars.ofTheExample("placement-plugin", dir);

    PlacementSettings settings =
        PlacementExtensions.load("Binpack", "few-pods=3,image=10", dir.toString());

    assertThat(settings.policy()).isEqualTo(Policy.BINPACK);
    assertThat(settings.weights()).isEqualTo(Map.of("few-pods", 3, "image", 10));
    assertThat(settings.filters()).extracting(PlacementFilter::name).containsExactly("same-team");
    assertThat(settings.scorers()).extracting(PlacementScorer::name).containsExactly("few-pods");
    settings.filters().forEach(PlacementContract::check);
    settings.scorers().forEach(PlacementContract::check);
  }

  @Test
  void anUnknownPolicyAndAMissingFolderAreRefused() {
    assertThatThrownBy(() -> PlacementExtensions.load("best", "", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("HAWSER_PLACEMENT");
    assertThatThrownBy(() -> PlacementExtensions.load("spread", "free:2", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("HAWSER_PLACEMENT_WEIGHTS");
    assertThatThrownBy(() -> PlacementExtensions.load("spread", "fre=2", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fre");
    assertThatThrownBy(() -> PlacementExtensions.load("spread", "", "/nowhere/at/all"))
        .hasMessageContaining("/nowhere/at/all");
  }

  @Test
  void theContractNoticesAFilterThatChangesItsMindAndAScoreOutOfBounds() {
    PlacementFilter moody =
        new PlacementFilter() {
          private int calls;

          @Override
          public String name() {
            return "moody";
          }

          @Override
          public Optional<String> refusal(PodFacts pod, NodeFacts node) {
            return calls++ % 2 == 0 ? Optional.empty() : Optional.of("was not in the mood");
          }
        };
    PlacementScorer loud =
        new PlacementScorer() {
          @Override
          public String name() {
            return "loud";
          }

          @Override
          public int score(PodFacts pod, NodeFacts node) {
            return 1_000_000;
          }
        };
    assertThatThrownBy(() -> PlacementContract.check(moody))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("two different answers");
    assertThatThrownBy(() -> PlacementContract.check(loud))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("at most 1000");
  }
}
