package io.hawser.ops.cli;

import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.runtime.RuntimeFault;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The {@code hawser} command. Exit codes: 0 done, 1 failed, 2 wrong usage ({@code exec} passes the
 * command's own on). An error is one sentence on stderr.
 */
@Command(
    name = "hawser",
    description =
        "Containers run by actors: a cluster that needs nothing but a JVM on each machine.",
    footer = {
      "",
      "A first look:  hawser demo",
      "By hand:       hawser up; hawser apply -f examples/web.yaml; hawser get pods -w"
    })
public final class Hawser implements Runnable {
  /** With this variable set, failures that are bugs show where they happened. */
  static final String DEBUG_VARIABLE = "HAWSER_DEBUG";

  @Spec CommandSpec spec;
  @Mixin Connection connection;

  final Streams streams;

  /**
   * Where commands read and write, and what they take from their surroundings.
   *
   * @param environment variables, such as {@code HAWSER_DIR}
   */
  public record Streams(
      InputStream in, OutputStream out, OutputStream err, Map<String, String> environment) {}

  Hawser(Streams streams) {
    this.streams = streams;
  }

  public static void main(String[] arguments) {
    int code = run(new Streams(System.in, System.out, System.err, System.getenv()), arguments);
    endHttpClients();
    System.exit(code);
  }

  /**
   * The JVM's exit waits 300 ms for threads that are in a system call, and the HTTP client's is in
   * one for as long as it lives; it can't be closed before Java 21, but ends when interrupted.
   */
  private static void endHttpClients() {
    Thread[] threads = new Thread[Thread.activeCount()];
    int count = Thread.enumerate(threads);
    for (int i = 0; i < count; i++) {
      if (threads[i].getName().endsWith("SelectorManager")) {
        threads[i].interrupt();
      }
    }
  }

  /** Runs one command and returns its exit code. */
  public static int run(Streams streams, String... arguments) {
    return commandLine(streams, Commands.needed(arguments)).execute(arguments);
  }

  static CommandLine commandLine(Streams streams) {
    return commandLine(streams, Commands.all());
  }

  private static CommandLine commandLine(Streams streams, List<Class<?>> commands) {
    CommandLine command = new CommandLine(new Hawser(streams));
    commands.forEach(each -> command.addSubcommand(each));
    command.setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8));
    command.setErr(new PrintWriter(streams.err(), true, StandardCharsets.UTF_8));
    command.setExecutionExceptionHandler(
        (failure, failed, parsed) -> {
          failed.getErr().println("hawser: " + sentence(failure));
          if (streams.environment().containsKey(DEBUG_VARIABLE)) {
            failure.printStackTrace(failed.getErr());
          }
          return CommandLine.ExitCode.SOFTWARE;
        });
    command.setParameterExceptionHandler(Hawser::wrongUsage);
    command.setCaseInsensitiveEnumValuesAllowed(true);
    addHelp(command);
    return command;
  }

  private static void addHelp(CommandLine command) {
    if (!command.getCommandSpec().optionsMap().containsKey("--help")) {
      command
          .getCommandSpec()
          .addOption(
              CommandLine.Model.OptionSpec.builder("-h", "--help")
                  .usageHelp(true)
                  .type(boolean.class)
                  .description("Show this help.")
                  .build());
    }
    command.getSubcommands().values().forEach(Hawser::addHelp);
  }

  private static int wrongUsage(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + wrong(failure) + " (see '" + name + " --help')");
    return CommandLine.ExitCode.USAGE;
  }

  /** A word that is no command, and the commands that look like it. */
  private static String wrong(ParameterException failure) {
    if (failure instanceof CommandLine.UnmatchedArgumentException unmatched
        && !unmatched.getCommandLine().getSubcommands().isEmpty()
        && !unmatched.getUnmatched().get(0).startsWith("-")) {
      String near = String.join(", ", unmatched.getSuggestions());
      return "there is no command '%s'%s"
          .formatted(
              unmatched.getUnmatched().get(0),
              near.isEmpty() ? "" : "; did you mean " + near + "?");
    }
    return ApiStatus.oneLine(failure).replaceAll("\\.$", "");
  }

  private static String sentence(Exception failure) {
    if (failure instanceof CommandFailure || failure instanceof RuntimeFault) {
      return ApiStatus.oneLine(failure);
    } else if (failure instanceof java.io.IOException
        || failure instanceof java.io.UncheckedIOException) {
      return failure.getClass().getSimpleName() + ": " + ApiStatus.oneLine(failure);
    }
    return "an error inside the program: "
        + failure.getClass().getSimpleName()
        + ": "
        + ApiStatus.oneLine(failure);
  }

  /** No command was named. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
