package io.hawser.ops.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code hawser completion}: picocli's script serves both shells. */
@Command(
    name = "completion",
    description = "Print a script that completes this command's words.",
    footer = "Example: source <(hawser completion bash)")
final class CompletionCommand extends HawserCommand {
  /** The shells that the script is for. */
  enum Shell {
    BASH,
    ZSH
  }

  @Parameters(paramLabel = "bash|zsh")
  Shell shell;

  @Override
  public Integer call() {
    if (shell == Shell.ZSH) {
      // The script speaks bash's completion interface, which zsh has on request.
      out()
          .println(
              "autoload -U +X compinit && compinit; autoload -U +X bashcompinit && bashcompinit");
    }
    out().println(AutoComplete.bash("hawser", spec.root().commandLine()));
    return DONE;
  }
}
