package io.hawser.benchmarks;

import io.hawser.runtime.Container;
import io.hawser.runtime.ContainerRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Containers of the runtime alone, in one sandbox. */
final class RuntimeLoad implements AgentLoad {
  private final ContainerRuntime runtime;
  private final List<Container> containers = new ArrayList<>();
  private int started;

  /**
   * @param runtime with the sandbox and the image of {@link BenchRuntime#spec}; stays the caller's
   */
  RuntimeLoad(ContainerRuntime runtime) {
    this.runtime = runtime;
  }

  @Override
  public void start(int count) {
    for (int i = 0; i < count; i++) {
      containers.add(
          runtime.start(BenchRuntime.spec("crowd", started++, List.of("/bin/sleep", "100000"))));
    }
  }

  /** What was removed, the next start forgets: one more is started, or all would still be held. */
  @Override
  public void end() throws Exception {
    stop();
    start(1);
    stop();
  }

  private void stop() throws Exception {
    containers.forEach(container -> container.stop(Duration.ZERO));
    for (Container container : containers) {
      container.exit().toCompletableFuture().get();
      container.remove();
    }
    containers.clear();
    runtime.settle();
  }

  @Override
  public void close() throws Exception {
    stop();
  }
}
