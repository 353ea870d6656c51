package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.local.Deadline;
import io.hawser.persistence.StoreFiles;
import io.hawser.persistence.StoreFiles.FileReport;
import io.hawser.persistence.StoreFiles.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hawser journal}: what the cluster has written down. */
@Command(
    name = "journal",
    description = "Look into the journal, check its files, recover from a lost majority.",
    subcommands = {
      JournalCommand.Listing.class,
      JournalCommand.Show.class,
      JournalCommand.Verify.class,
      JournalCommand.Recover.class
    })
final class JournalCommand implements Runnable {
  private static final String PATH = "/apis/hawser.io/v1/journal";

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected one of ls, show, verify, recover");
  }

  /** One line for each writer. */
  @Command(name = "ls", description = "List what is kept, by writer.")
  static final class Listing extends HawserCommand {
    @Override
    public Integer call() {
      print(this, client().get(PATH));
      return DONE;
    }

    static void print(HawserCommand command, JsonNode journal) {
      String form = "%-40s %10s %10s %8s %10s %12s%n";
      command.out().printf(form, "WRITER", "FIRST", "HIGHEST", "EVENTS", "SNAPSHOT", "BYTES");
      for (JsonNode log : journal.path("items")) {
        command
            .out()
            .printf(
                form,
                log.path("id").asText(),
                log.path("first").asText(),
                log.path("highest").asText(),
                log.path("events").asText(),
                log.path("snapshots").asInt() == 0 ? "-" : log.path("newestSnapshot").asText(),
                log.path("bytes").asText());
      }
    }
  }

  /** Page by page, until there are no more or enough. */
  @Command(name = "show", description = "Print the events that are kept, one a line.")
  static final class Show extends HawserCommand {
    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "WRITER",
        defaultValue = "scheduler",
        description = "Whose events (default: ${DEFAULT-VALUE}).")
    String writer;

    @Option(names = "--from", paramLabel = "N", defaultValue = "1", description = "First number.")
    long from;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "1000",
        description = "Most events (default: ${DEFAULT-VALUE}).")
    long limit;

    @Override
    public Integer call() {
      if (!writer.matches("[A-Za-z0-9_.-]+") || from < 1 || limit < 1) {
        throw usage("expected a writer's name, --from and --limit from 1");
      }
      long next = from;
      long left = limit;
      while (left > 0) {
        JsonNode page =
            client().get(PATH + "/" + writer + "?from=" + next + "&limit=" + Math.min(left, 1000));
        if (page.path("items").isEmpty()) {
          break;
        }
        for (JsonNode entry : page.path("items")) {
          next = entry.path("sequenceNr").asLong() + 1;
          left--;
          out()
              .printf(
                  "%d %s %s %s%n",
                  next - 1,
                  entry.path("at").asText(),
                  entry.path("type").asText(),
                  entry.path("event").asText());
        }
      }
      return DONE;
    }
  }

  /** On the machine itself; the node may run or not. */
  @Command(
      name = "verify",
      description = "Read every file of one node's journal and check its sums.",
      footer = "Exit code 1 when a file is damaged. A torn end is what a crash leaves: no loss.")
  static final class Verify extends HawserCommand {
    @Parameters(index = "0", paramLabel = "NODE-DIR", description = "The node's data directory.")
    Path nodeDir;

    @Override
    public Integer call() {
      List<FileReport> reports;
      try {
        reports = StoreFiles.verify(nodeDir.resolve("store"));
      } catch (IOException e) {
        throw new CommandFailure(e.getMessage(), e);
      }
      for (FileReport report : reports) {
        out()
            .printf(
                "%-8s %10d bytes %8d entries  %s%s%n",
                report.state().name().toLowerCase(java.util.Locale.ROOT),
                report.bytes(),
                report.entries(),
                report.file().getFileName(),
                report.finding().isEmpty() ? "" : "  " + report.finding());
      }
      return reports.stream().anyMatch(report -> report.state() == State.DAMAGED) ? 1 : DONE;
    }
  }

  /** The way out when a majority of the controllers is lost for good. */
  @Command(
      name = "recover",
      description = "Let one controller go on alone, after a majority was lost for good.")
  static final class Recover extends HawserCommand {
    /** Its node leaves the lost cluster and forms one of its own; then the scheduler starts. */
    private static final int SCHEDULER_SECONDS = 90;

    /** An answer may come from a scheduler of the cluster that the node is about to leave. */
    private static final int STEADY_LOOKS = 10;

    @Option(names = "--yes", description = "Do it; without it, only what it may cost is said.")
    boolean certain;

    @Override
    public Integer call() {
      GatewayClient client = client();
      JsonNode now =
          client.postSlowly(
              "/apis/hawser.io/v1/recovery?certain=" + certain,
              JsonNodeFactory.instance.objectNode());
      if (certain) {
        out().println(now.path("answeredBy").asText() + " keeps the journal alone");
        awaitScheduler(client);
        out().println("add controllers again: hawser controller add NAME HOST:PORT");
        return DONE;
      }
      out().printf("%s would keep the journal alone.%n", now.path("answeredBy").asText());
      JsonNode last = now.path("last");
      out()
          .printf(
              "Its log ends with entry %s of term %s.%n", last.path("index"), last.path("term"));
      out().printf("It may lose what only these controllers had:%n");
      now.path("members")
          .fields()
          .forEachRemaining(
              member -> {
                if (!member.getKey().equals(now.path("answeredBy").asText())) {
                  out().printf("  %s (%s)%n", member.getKey(), member.getValue().asText());
                }
              });
      out().println("None of them may ever come back with its old directory.");
      out()
          .println(
              "Of several that are left take the one with the highest term at its log's end, and"
                  + " the highest entry where that is the same.");
      out().println("Nothing was changed: say --yes to do it.");
      return 1;
    }

    private void awaitScheduler(GatewayClient client) {
      out().printf("waiting for the scheduler, %d s at most%n", SCHEDULER_SECONDS);
      out().flush();
      Deadline deadline = Deadline.seconds(SCHEDULER_SECONDS);
      JsonNode last = StatusCommand.scheduler(client);
      for (int steady = 0; steady < STEADY_LOOKS; ) {
        if (!deadline.pause()) {
          throw new CommandFailure(
              "the journal is recovered, but the scheduler has not answered for %d s: see 'hawser status'"
                  .formatted(SCHEDULER_SECONDS));
        }
        JsonNode scheduler = StatusCommand.scheduler(client);
        boolean same = scheduler.has("epoch") && scheduler.path("epoch").equals(last.path("epoch"));
        steady = same ? steady + 1 : 0;
        last = scheduler;
      }
      out()
          .printf(
              "the scheduler is on %s (epoch %s): the cluster takes writes again%n",
              last.path("node").asText(), last.path("epoch").asText());
    }
  }
}
