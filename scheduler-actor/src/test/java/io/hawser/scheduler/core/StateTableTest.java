package io.hawser.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ObjectKey;
import io.hawser.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Every state of a pod and of each workload kind, times everything that can happen to it. The
 * outcomes are in {@code docs/states.md}; with {@code -Dtables.write=true} they are written there.
 */
class StateTableTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "states.md");
  private static final String NOTHING = "-";

  /** Leads to a state, and says what is looked at. */
  interface Start<S> extends Function<World, S> {}

  /** Something happens; a request's answer, if it was one. */
  interface Input<S> extends BiFunction<World, S, Optional<Answer>> {}

  @Test
  void theDocumentSaysWhatHappens() throws IOException {
    StringBuilder tables = new StringBuilder();
    tables.append(
        table("Pod", PodStates.states(), PodStates.inputs(), PodStates::stateOf, World::withNodes));
    for (Map.Entry<String, Map<String, Start<ObjectKey>>> kind :
        WorkloadStates.states().entrySet()) {
      tables.append(
          table(
              kind.getKey(),
              kind.getValue(),
              WorkloadStates.inputs(kind.getKey()),
              WorkloadStates::stateOf,
              World::withNodes));
    }
    tables.append(
        table(
            AutoscalerStates.KIND,
            AutoscalerStates.states(),
            AutoscalerStates.inputs(),
            AutoscalerStates::stateOf,
            World::withNodes));
    tables.append(
        table(
            ClaimStates.KIND,
            ClaimStates.states(),
            ClaimStates.inputs(),
            ClaimStates::stateOf,
            World::withNodes));
    String text = Files.readString(DOCUMENT);
    int start = text.indexOf("\n## Pod") + 1;
    if (Boolean.getBoolean("tables.write")) {
      Files.writeString(DOCUMENT, text.substring(0, start) + tables);
    } else {
      assertThat(text.substring(start)).isEqualTo(tables.toString());
    }
  }

  @Test
  void noPairOfAPodBringsAnEndedOneBack() {
    for (String ended : List.of("succeeded", "failed")) {
      PodStates.inputs()
          .forEach(
              (input, happens) -> {
                World world = World.withNodes(2);
                Pod pod = PodStates.states().get(ended).apply(world);
                happens.apply(world, pod);
                assertThat(PodStates.stateOf(world.state, pod))
                    .as(input)
                    .isIn(ended, "stopping", "gone");
              });
    }
  }

  private static <S> String table(
      String title,
      Map<String, Start<S>> states,
      Map<String, Input<S>> inputs,
      BiFunction<ClusterState, S, String> stateOf,
      Function<Integer, World> worlds) {
    StringBuilder table = new StringBuilder("## " + title + "\n\n| |");
    states.keySet().forEach(state -> table.append(' ').append(state).append(" |"));
    table.append("\n|---|").append("---|".repeat(states.size())).append('\n');
    inputs.forEach(
        (name, input) -> {
          table.append("| ").append(name).append(" |");
          states.forEach(
              (state, start) -> {
                World world = worlds.apply(2);
                S subject = start.apply(world);
                String before = stateOf.apply(world.state, subject);
                assertThat(before).as("the way to a state of " + title).isEqualTo(state);
                table.append(' ').append(outcome(world, subject, input, stateOf)).append(" |");
              });
          table.append('\n');
        });
    return table.append('\n').toString();
  }

  private static <S> String outcome(
      World world, S subject, Input<S> input, BiFunction<ClusterState, S, String> stateOf) {
    ClusterState before = world.state;
    Optional<Answer> answer = input.apply(world, subject);
    if (answer.isPresent() && answer.get() instanceof Answer.Refused refused) {
      assertThat(world.state).as("a refusal changes nothing").isSameAs(before);
      return "refused: " + refused.refusal().reason();
    }
    String was = stateOf.apply(before, subject);
    String now = stateOf.apply(world.state, subject);
    return was.equals(now) ? NOTHING : now;
  }
}
