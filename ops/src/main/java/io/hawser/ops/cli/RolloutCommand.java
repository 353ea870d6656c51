package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.ResourceKind;
import io.hawser.ops.local.Deadline;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hawser rollout}: a deployment's way from one template to the next. */
@Command(
    name = "rollout",
    description = "Follow, restart, list or undo a deployment's rollouts.",
    subcommands = {
      RolloutCommand.Status.class,
      RolloutCommand.Restart.class,
      RolloutCommand.History.class,
      RolloutCommand.Undo.class
    })
final class RolloutCommand implements Runnable {
  private static final String REVISION = "deployment.kubernetes.io/revision";

  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "expected one of status, restart, history, undo");
  }

  /** What the four share: the deployment they are about. */
  abstract static class OfDeployment extends HawserCommand {
    @Parameters(arity = "1..2", paramLabel = "deployment/NAME")
    List<String> words;

    @Mixin NamespaceOption namespace;

    final Targets target() {
      Targets target = Targets.one(words, this::usage);
      if (target.kind() != ResourceKind.DEPLOYMENTS) {
        throw usage("only deployments are rolled out, not " + target.kind().plural());
      }
      return target;
    }

    final String path() {
      return target().path(namespace.name);
    }

    /** The deployment's ReplicaSets by their revision. */
    final Map<Long, JsonNode> revisions(GatewayClient client) {
      String uid = client.get(path()).path("metadata").path("uid").asText();
      Map<Long, JsonNode> revisions = new TreeMap<>();
      String all = ResourceKind.REPLICASETS.path(Optional.of(namespace.name));
      for (JsonNode set : client.get(all).path("items")) {
        JsonNode meta = set.path("metadata");
        if (meta.path("ownerReferences").path(0).path("uid").asText().equals(uid)) {
          revisions.put(meta.path("annotations").path(REVISION).asLong(), set);
        }
      }
      return revisions;
    }
  }

  /** Waits for the end of a rollout. */
  @Command(name = "status", description = "Wait until every pod has the newest template.")
  static final class Status extends OfDeployment {
    @Option(
        names = "--timeout",
        paramLabel = "SECONDS",
        defaultValue = "600",
        description = "Longest wait (default: ${DEFAULT-VALUE}).")
    int timeoutSeconds;

    @Override
    public Integer call() {
      target();
      GatewayClient client = client();
      Deadline deadline = Deadline.seconds(timeoutSeconds);
      String told = "";
      while (true) {
        JsonNode deployment = client.get(path());
        String progress = progress(deployment);
        if (progress.isEmpty()) {
          out().println(target().label() + " successfully rolled out");
          return DONE;
        }
        if (!progress.equals(told)) {
          out().println("waiting: " + progress);
          told = progress;
        }
        if (!deadline.pause()) {
          throw new CommandFailure("not rolled out after " + timeoutSeconds + " s: " + progress);
        }
      }
    }

    /** What is still to come; empty: nothing. */
    static String progress(JsonNode deployment) {
      JsonNode status = deployment.path("status");
      int wanted = deployment.path("spec").path("replicas").asInt(1);
      int updated = status.path("updatedReplicas").asInt();
      if (status.path("observedGeneration").asLong()
          < deployment.path("metadata").path("generation").asLong()) {
        return "the change has not been seen yet";
      }
      for (JsonNode condition : status.path("conditions")) {
        if (condition.path("reason").asText().equals("ProgressDeadlineExceeded")) {
          throw new CommandFailure("the rollout exceeded its progress deadline");
        }
      }
      if (updated < wanted) {
        return updated + " of " + wanted + " new pods made";
      } else if (status.path("replicas").asInt() > updated) {
        return (status.path("replicas").asInt() - updated) + " old pods still to go";
      } else if (status.path("availableReplicas").asInt() < updated) {
        return status.path("availableReplicas").asInt() + " of " + updated + " new pods available";
      }
      return "";
    }
  }

  /** Replaces every pod by a new one of the same template. */
  @Command(name = "restart", description = "Replace all pods, a few at a time.")
  static final class Restart extends OfDeployment {
    @Override
    public Integer call() {
      ObjectNode patch = JsonNodeFactory.instance.objectNode();
      patch
          .withObject("/spec/template/metadata/annotations")
          .put("kubectl.kubernetes.io/restartedAt", Instant.now().toString());
      String path = path();
      client().patch(path, GatewayClient.STRATEGIC_PATCH, patch);
      out().println(target().label() + " restarted");
      return DONE;
    }
  }

  /** Lists the templates that a deployment has had. */
  @Command(name = "history", description = "List the templates that the deployment has had.")
  static final class History extends OfDeployment {
    @Override
    public Integer call() {
      target();
      out().println("REVISION   IMAGES");
      revisions(client())
          .forEach(
              (number, set) -> {
                StringBuilder images = new StringBuilder();
                set.at("/spec/template/spec/containers")
                    .forEach(
                        c ->
                            images
                                .append(images.length() == 0 ? "" : ",")
                                .append(c.path("image").asText()));
                out().println(String.format("%-10d %s", number, images));
              });
      return DONE;
    }
  }

  /** Goes back to an earlier template. */
  @Command(name = "undo", description = "Go back to an earlier template.")
  static final class Undo extends OfDeployment {
    @Option(
        names = "--to-revision",
        paramLabel = "N",
        description = "Which one (default: the one before the present).")
    Long revision;

    @Override
    public Integer call() {
      target();
      GatewayClient client = client();
      TreeMap<Long, JsonNode> revisions = new TreeMap<>(revisions(client));
      Long wanted = revision;
      if (wanted == null) {
        wanted = revisions.isEmpty() ? null : revisions.lowerKey(revisions.lastKey());
      }
      if (wanted == null || !revisions.containsKey(wanted)) {
        throw new CommandFailure(
            target().label()
                + " has no "
                + (revision == null ? "earlier revision" : "revision " + revision));
      }
      ObjectNode template = revisions.get(wanted).at("/spec/template").deepCopy();
      if (template.at("/metadata/labels") instanceof ObjectNode labels) {
        labels.remove("pod-template-hash");
      }
      ArrayNode patch = JsonNodeFactory.instance.arrayNode();
      patch.addObject().put("op", "replace").put("path", "/spec/template").set("value", template);
      client.patch(path(), "application/json-patch+json", patch);
      out().println(target().label() + " rolled back to revision " + wanted);
      return DONE;
    }
  }
}
