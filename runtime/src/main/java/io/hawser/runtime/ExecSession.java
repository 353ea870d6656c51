package io.hawser.runtime;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletionStage;

/**
 * The running end of {@link Container#exec}, or of {@link Container#attach}. Streams block. Closing
 * kills an exec'ed process; it only detaches from an attached one.
 */
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
