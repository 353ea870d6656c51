package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hawser authority}: the cluster's own certificate authority, and who is thrown out. */
@Command(
    name = "authority",
    description = "Show the cluster's certificate authority, replace it, and throw nodes out.",
    footer =
        "To replace it: hawser authority add, then use, then drop; each refuses until every member is"
            + " as far. Join tokens and kubeconfigs made before name the old one.",
    subcommands = {
      AuthorityCommand.Show.class,
      AuthorityCommand.Add.class,
      AuthorityCommand.Use.class,
      AuthorityCommand.Drop.class,
      AuthorityCommand.Revoke.class
    })
final class AuthorityCommand implements Runnable {
  private static final String PATH = "/apis/hawser.io/v1/authority";

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "expected one of show, add, use, drop, revoke");
  }

  private abstract static class Step extends HawserCommand {
    final int print(JsonNode authority) {
      String signer = authority.path("signer").asText();
      out().println("signs     " + signer);
      for (JsonNode believed : authority.path("believed")) {
        if (!believed.asText().equals(signer)) {
          out().println("believed  " + believed.asText());
        }
      }
      authority
          .path("revoked")
          .fields()
          .forEachRemaining(
              e -> out().println("revoked   " + e.getKey() + " " + e.getValue().asText()));
      for (JsonNode member : authority.path("waitingFor")) {
        out().println("waiting   " + member.asText());
      }
      return DONE;
    }

    final int change(String field, String value) {
      ObjectNode body = JsonNodeFactory.instance.objectNode().put(field, value);
      return print(client().post(PATH, body));
    }
  }

  @Command(name = "show", description = "Who signs, who is believed, who was thrown out.")
  static final class Show extends Step {
    @Override
    public Integer call() {
      return print(client().get(PATH));
    }
  }

  @Command(name = "add", description = "Make a new authority that is believed beside the present.")
  static final class Add extends Step {
    @Override
    public Integer call() {
      return change("step", "add");
    }
  }

  @Command(name = "use", description = "Let the new authority sign; members renew at once.")
  static final class Use extends Step {
    @Override
    public Integer call() {
      return change("step", "use");
    }
  }

  @Command(name = "drop", description = "Believe the authority from before no more.")
  static final class Drop extends Step {
    @Override
    public Integer call() {
      return change("step", "drop");
    }
  }

  /** A controller is removed from the journal first. */
  @Command(
      name = "revoke",
      description =
          "Throw a node out: its certificates are refused; it may join anew with a token.")
  static final class Revoke extends Step {
    @Parameters(paramLabel = "NODE")
    String node;

    @Override
    public Integer call() {
      return change("revoke", node);
    }
  }
}
