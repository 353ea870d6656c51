package io.hawser.runtime;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletionStage;

/** The running end of {@link Container#exec}. Streams block; closing kills the process. */
public interface ExecSession extends AutoCloseable {
  OutputStream stdin();

  InputStream stdout();

  /** Empty with a terminal. */
  InputStream stderr();

  /** New size of the terminal in character cells. No effect without one. */
  void resize(int columns, int rows);

  CompletionStage<ExitStatus> exit();

  @Override
  void close();
}
