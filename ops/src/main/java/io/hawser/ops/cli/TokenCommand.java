package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hawser token}: who may join a cluster with TLS. */
@Command(
    name = "token",
    description = "Make, list and revoke the tokens that let machines join a cluster with TLS.",
    footer =
        "Example: hawser token create; on the new machine: hawser node --name n4 --join GATEWAY:8441"
            + " --token T …",
    subcommands = {
      TokenCommand.Create.class,
      TokenCommand.Listing.class,
      TokenCommand.Revoke.class
    })
final class TokenCommand implements Runnable {
  private static final String PATH = "/apis/hawser.io/v1/tokens";

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected one of create, list, revoke");
  }

  /** Prints the token and nothing else, for scripts. */
  @Command(name = "create", description = "Make a token and print it; it is not shown again.")
  static final class Create extends HawserCommand {
    @Option(
        names = "--roles",
        split = ",",
        defaultValue = "worker,gateway",
        description =
            "What a machine may be; with controller it gets the authority's key"
                + " (default: ${DEFAULT-VALUE}).")
    List<String> roles;

    @Option(
        names = "--ttl",
        paramLabel = "SECONDS",
        defaultValue = "3600",
        description = "How long it is valid (default: ${DEFAULT-VALUE}).")
    long ttlSeconds;

    @Override
    public Integer call() {
      if (ttlSeconds < 1 || ttlSeconds > Duration.ofDays(30).toSeconds()) {
        throw usage("--ttl: expected 1 second to 30 days, got " + ttlSeconds);
      }
      ObjectNode body = JsonNodeFactory.instance.objectNode().put("ttlSeconds", ttlSeconds);
      roles.forEach(body.putArray("roles")::add);
      out().println(client().post(PATH, body).path("token").asText());
      return DONE;
    }
  }

  /** Never shows secrets: the cluster does not know them. */
  @Command(name = "list", aliases = "ls", description = "List the tokens that are valid.")
  static final class Listing extends HawserCommand {
    @Override
    public Integer call() {
      JsonNode items = client().get(PATH).path("items");
      out().printf("%-10s %-28s %s%n", "ID", "EXPIRES", "ROLES");
      for (JsonNode token : items) {
        String roles =
            StreamSupport.stream(token.path("roles").spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.joining(","));
        out()
            .printf(
                "%-10s %-28s %s%n",
                token.path("id").asText(), token.path("expiresAt").asText(), roles);
      }
      return DONE;
    }
  }

  /** What joined by it stays. */
  @Command(name = "revoke", description = "Revoke a token; machines that joined by it stay.")
  static final class Revoke extends HawserCommand {
    @Parameters(paramLabel = "ID", description = "The token's first part.")
    String id;

    @Override
    public Integer call() {
      if (!id.matches("[0-9a-f]{8}")) {
        throw usage("ID: expected the token's first part, eight hexadecimal digits");
      }
      client().delete(PATH + "/" + id, JsonNodeFactory.instance.objectNode());
      out().println("token/" + id + " revoked");
      return DONE;
    }
  }
}
