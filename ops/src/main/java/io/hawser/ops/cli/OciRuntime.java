package io.hawser.ops.cli;

import io.hawser.runtime.oci.OciCommand;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Unmatched;

/**
 * {@code hawser oci}: an OCI runtime's command line. The launcher script starts it without this
 * class, and faster; here it is for {@code --help} and for who calls the program by other means.
 */
@Command(
    name = "oci",
    description = "An OCI runtime's command line, for podman and others: hawser oci help.")
final class OciRuntime implements Callable<Integer> {
  @ParentCommand Hawser parent;
  @Unmatched List<String> words = List.of();

  @Override
  public Integer call() {
    return OciCommand.run(words, new PrintStream(parent.streams.out(), true));
  }
}
