package io.hawser.ops.cli;

import io.hawser.ops.client.CommandFailure;
import java.io.IOException;
import java.util.function.BiConsumer;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The user's terminal in raw mode while a remote one is attached; as it was before once closed. */
final class UserTerminal implements AutoCloseable {
  private final Terminal terminal;
  private final Attributes before;
  private final Thread restore;

  private UserTerminal(Terminal terminal) {
    this.terminal = terminal;
    if (terminal == null) {
      before = null;
      restore = null;
      return;
    }
    before = terminal.enterRawMode();
    restore = new Thread(() -> terminal.setAttributes(before), "terminal-restore");
    Runtime.getRuntime().addShutdownHook(restore);
  }

  static UserTerminal none() {
    return new UserTerminal(null);
  }

  /**
   * @throws CommandFailure when standard input is no terminal
   */
  static UserTerminal open() {
    if (System.console() == null) {
      throw new CommandFailure("-t needs a terminal on standard input and output");
    }
    try {
      return new UserTerminal(TerminalBuilder.builder().system(true).dumb(false).build());
    } catch (IOException | IllegalStateException e) {
      throw new CommandFailure("the terminal can't be put into raw mode: " + e.getMessage(), e);
    }
  }

  /** Tells the size now and whenever it changes, as columns and rows. */
  void onSize(BiConsumer<Integer, Integer> listener) {
    if (terminal == null) {
      return;
    }
    Runnable tell =
        () -> {
          Size size = terminal.getSize();
          listener.accept(size.getColumns(), size.getRows());
        };
    terminal.handle(Terminal.Signal.WINCH, signal -> tell.run());
    tell.run();
  }

  @Override
  public void close() {
    if (terminal != null) {
      terminal.setAttributes(before);
      try {
        Runtime.getRuntime().removeShutdownHook(restore);
        terminal.close();
      } catch (IOException | IllegalStateException e) {
        // Its attributes are back; there is nothing else to undo.
      }
    }
  }
}
