package io.hawser.node;

import io.hawser.cluster.protocol.NodeProtocol.DescribeLaunch;
import io.hawser.cluster.protocol.NodeProtocol.LaunchCall;
import io.hawser.cluster.protocol.NodeProtocol.LaunchDescribed;
import io.hawser.model.Refusal;
import io.hawser.model.Refusal.Reason;
import io.hawser.runtime.launch.LaunchPlan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What a container's start has the kernel do, for {@code hawser debug launch}. */
final class LaunchDescription {
  private static final String PATH = "PATH";

  /** In place of a variable's value. */
  static final String HIDDEN = "(hidden)";

  private LaunchDescription() {}

  /** Never fails; what can't be told is refused. */
  static CompletionStage<LaunchDescribed> of(DescribeLaunch request, Machine machine) {
    PodDoor.Found found = PodDoor.find(machine, request.pod(), request.container());
    if (found.refusal().isPresent()) {
      return CompletableFuture.completedFuture(new LaunchDescribed(found.refusal(), 0, List.of()));
    }
    PodDoor.Target target = found.target().get();
    int attempt =
        target.work().held(target.container().name()).map(h -> h.current().attempt()).orElse(0);
    return target
        .work()
        .describe(target.container(), attempt)
        .thenApply(plan -> described(attempt, plan))
        .exceptionally(
            failure ->
                new LaunchDescribed(
                    Optional.of(Refusal.of(Reason.BAD_REQUEST, NodeThreads.text(failure))),
                    attempt,
                    List.of()));
  }

  private static LaunchDescribed described(int attempt, LaunchPlan plan) {
    return new LaunchDescribed(Optional.empty(), attempt, calls(plan));
  }

  static List<LaunchCall> calls(LaunchPlan plan) {
    return plan.calls().stream()
        .map(
            c ->
                new LaunchCall(
                    c.label(),
                    c.syscall(),
                    c.arguments().stream().map(Object::toString).toList(),
                    c.ignoreError()))
        .toList();
  }

  /**
   * Variables with which nothing secret can get into a command line. PATH is kept: it decides which
   * programs are tried.
   */
  static Map<String, String> withoutValues(Map<String, String> env) {
    Map<String, String> hidden = new HashMap<>(env);
    hidden.replaceAll((name, value) -> name.equals(PATH) ? value : HIDDEN);
    return hidden;
  }
}
