package io.hawser.benchmarks;

/** Containers of one agent, there and not there in turns. */
interface AgentLoad extends AutoCloseable {
  /** Blocks until so many run. */
  void start(int containers) throws Exception;

  /** Blocks until nothing of them is left. */
  void end() throws Exception;
}
