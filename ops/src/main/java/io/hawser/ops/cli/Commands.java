package io.hawser.ops.cli;

import io.hawser.ops.demo.DemoCommand;
import io.hawser.ops.image.ImageCommand;
import io.hawser.ops.node.NodeCommand;
import java.util.List;
import picocli.CommandLine.Command;

/** All commands, in the order of the help. */
final class Commands {
  private Commands() {}

  static List<Class<?>> all() {
    return List.of(
        DemoCommand.class,
        UpCommand.class,
        DownCommand.class,
        StatusCommand.class,
        NodeCommand.class,
        ApplyCommand.class,
        GetCommand.class,
        DescribeCommand.class,
        ExplainCommand.class,
        WhyCommand.class,
        PlanCommand.class,
        RebalanceCommand.class,
        LogsCommand.class,
        ExecCommand.class,
        AttachCommand.class,
        ScaleCommand.class,
        DeleteCommand.class,
        RolloutCommand.class,
        CordonCommand.class,
        UncordonCommand.class,
        DrainCommand.class,
        EventsCommand.class,
        TopCommand.class,
        DebugCommand.class,
        DrillCommand.class,
        ImageCommand.class,
        KubeconfigCommand.class,
        TokenCommand.class,
        AuthorityCommand.class,
        ControllerCommand.class,
        JournalCommand.class,
        BackupCommand.class,
        RestoreCommand.class,
        OciRuntime.class,
        DoctorCommand.class,
        CompletionCommand.class,
        VersionCommand.class);
  }

  /**
   * The one that the first argument names, else all: reading every command's options takes longer
   * than most commands. The completion script is made from all.
   */
  static List<Class<?>> needed(String... arguments) {
    String first = arguments.length > 0 ? arguments[0] : "";
    if (first.equals("node")) {
      // Its JVM holds nothing of the other commands.
      return List.of(NodeCommand.class);
    }
    return all().stream()
        .filter(command -> name(command).equals(first))
        .filter(command -> command != CompletionCommand.class)
        .<List<Class<?>>>map(List::of)
        .findFirst()
        .orElseGet(Commands::all);
  }

  private static String name(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }
}
