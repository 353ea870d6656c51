package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hawser controller}: who keeps the journal. */
@Command(
    name = "controller",
    description = "List, add, remove and replace the controllers, which keep the journal.",
    footer = {
      "A controller to be added is started first, with --roles controller,worker,gateway; it waits.",
      "Example: hawser controller replace n1 n4 10.0.0.4:7451"
    },
    subcommands = {
      ControllerCommand.Listing.class,
      ControllerCommand.Add.class,
      ControllerCommand.Remove.class,
      ControllerCommand.Replace.class
    })
final class ControllerCommand implements Runnable {
  private static final String PATH = "/apis/hawser.io/v1/controllers";

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected one of ls, add, remove, replace");
  }

  private abstract static class Change extends HawserCommand {
    final void print(JsonNode controllers) {
      out().printf("%-20s %-28s %s%n", "NAME", "ADDRESS", "LEADS");
      controllers
          .path("members")
          .fields()
          .forEachRemaining(
              member ->
                  out()
                      .printf(
                          "%-20s %-28s %s%n",
                          member.getKey(),
                          member.getValue().asText(),
                          member.getKey().equals(controllers.path("leader").asText()) ? "*" : ""));
    }

    final ObjectNode body() {
      return JsonNodeFactory.instance.objectNode();
    }

    final void requireAddress(String address) {
      if (!address.matches(".+:\\d{1,5}")) {
        throw usage("HOST:PORT: expected where the new one's store listens, got " + address);
      }
    }

    final int change(ObjectNode body) {
      print(client().postSlowly(PATH, body));
      return DONE;
    }
  }

  /** As the controller that answers knows it. */
  @Command(name = "ls", aliases = "list", description = "List the controllers.")
  static final class Listing extends Change {
    @Override
    public Integer call() {
      print(client().get(PATH));
      return DONE;
    }
  }

  /** Waits until the new one has the whole state. */
  @Command(name = "add", description = "Let a node that runs and waits keep the journal, too.")
  static final class Add extends Change {
    @Parameters(index = "0", paramLabel = "NAME")
    String name;

    @Parameters(index = "1", paramLabel = "HOST:PORT", description = "Where its store listens.")
    String address;

    @Override
    public Integer call() {
      requireAddress(address);
      return change(body().put("add", name).put("address", address));
    }
  }

  /** Dead or alive. */
  @Command(
      name = "remove",
      description = "Take a controller out, dead or alive; a live one goes on as a worker.")
  static final class Remove extends Change {
    @Parameters(index = "0", paramLabel = "NAME")
    String name;

    @Override
    public Integer call() {
      return change(body().put("remove", name));
    }
  }

  /** In one step, so that there are never fewer than before. */
  @Command(name = "replace", description = "Put a new controller into the place of another.")
  static final class Replace extends Change {
    @Parameters(index = "0", paramLabel = "OLD")
    String old;

    @Parameters(index = "1", paramLabel = "NAME")
    String name;

    @Parameters(index = "2", paramLabel = "HOST:PORT", description = "Where its store listens.")
    String address;

    @Override
    public Integer call() {
      requireAddress(address);
      return change(body().put("remove", old).put("add", name).put("address", address));
    }
  }
}
