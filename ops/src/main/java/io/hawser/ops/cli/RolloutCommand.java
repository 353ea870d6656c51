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

/** {@code hawser rollout}: the way of a deployment or a set from one template to the next. */
@Command(
    name = "rollout",
    description =
        "Follow, restart, list or undo rollouts of deployments, stateful and daemon sets.",
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

  private static final List<ResourceKind> KINDS =
      List.of(ResourceKind.DEPLOYMENTS, ResourceKind.STATEFUL_SETS, ResourceKind.DAEMON_SETS);

  /** What the four share: what they are about. */
  abstract static class OfWorkload extends HawserCommand {
    @Parameters(arity = "1..2", paramLabel = "KIND/NAME")
    List<String> words;

    @Mixin NamespaceOption namespace;

    private Targets target;

    final Targets target() {
      if (target == null) {
        target = parsed();
      }
      return target;
    }

    private Targets parsed() {
      Targets target = Targets.one(words, kinds(), this::usage);
      if (!KINDS.contains(target.kind())) {
        throw usage(
            "only deployments, statefulsets and daemonsets are rolled out, not "
                + target.kind().plural());
      }
      return target;
    }

    final String path() {
      return target().path(namespace.name);
    }

    /** The templates it has had, by their revision. */
    final Map<Long, JsonNode> revisions(GatewayClient client) {
      String uid = client.get(path()).path("metadata").path("uid").asText();
      boolean deployment = target().kind().equals(ResourceKind.DEPLOYMENTS);
      ResourceKind kind = deployment ? ResourceKind.REPLICASETS : ResourceKind.CONTROLLER_REVISIONS;
      Map<Long, JsonNode> revisions = new TreeMap<>();
      for (JsonNode item : client.get(kind.path(Optional.of(namespace.name))).path("items")) {
        JsonNode meta = item.path("metadata");
        if (meta.path("ownerReferences").path(0).path("uid").asText().equals(uid)) {
          revisions.put(
              deployment
                  ? meta.path("annotations").path(REVISION).asLong()
                  : item.path("revision").asLong(),
              item.at(deployment ? "/spec/template" : "/data/spec/template"));
        }
      }
      return revisions;
    }
  }

  /** Waits for the end of a rollout. */
  @Command(name = "status", description = "Wait until every pod has the newest template.")
  static final class Status extends OfWorkload {
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
        JsonNode object = client.get(path());
        String progress = progress(target().kind(), object);
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

    private static boolean isUnseen(JsonNode object) {
      return object.at("/status/observedGeneration").asLong()
          < object.at("/metadata/generation").asLong();
    }

    private static String counted(JsonNode object, int wanted, int updated, int available) {
      if (isUnseen(object)) {
        return "the change has not been seen yet";
      } else if (object.at("/spec/updateStrategy/type").asText().equals("OnDelete")) {
        throw new CommandFailure("its pods get the new template only when they are deleted");
      } else if (updated < wanted) {
        return updated + " of " + wanted + " pods have the new template";
      }
      return available < wanted ? available + " of " + wanted + " pods available" : "";
    }

    /** Pods below the partition keep what they have. */
    private static String ofStatefulSet(JsonNode set) {
      JsonNode status = set.path("status");
      int replicas = set.at("/spec/replicas").asInt(1);
      int partition = set.at("/spec/updateStrategy/rollingUpdate/partition").asInt();
      int updated = status.path("updatedReplicas").asInt();
      String missing = counted(set, Math.max(0, replicas - partition), updated, Integer.MAX_VALUE);
      return missing.isEmpty()
          ? counted(set, replicas, replicas, status.path("availableReplicas").asInt())
          : missing;
    }

    private static String ofDaemonSet(JsonNode set) {
      JsonNode status = set.path("status");
      return counted(
          set,
          status.path("desiredNumberScheduled").asInt(),
          status.path("updatedNumberScheduled").asInt(),
          status.path("numberAvailable").asInt());
    }

    private static String progress(ResourceKind kind, JsonNode object) {
      if (kind.equals(ResourceKind.STATEFUL_SETS)) {
        return ofStatefulSet(object);
      }
      return kind.equals(ResourceKind.DAEMON_SETS) ? ofDaemonSet(object) : ofDeployment(object);
    }

    /** What is still to come of a deployment; empty: nothing. */
    static String ofDeployment(JsonNode deployment) {
      JsonNode status = deployment.path("status");
      int wanted = deployment.path("spec").path("replicas").asInt(1);
      int updated = status.path("updatedReplicas").asInt();
      if (isUnseen(deployment)) {
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
  static final class Restart extends OfWorkload {
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

  /** Lists the templates that it has had. */
  @Command(name = "history", description = "List the templates that it has had.")
  static final class History extends OfWorkload {
    @Override
    public Integer call() {
      target();
      out().println("REVISION   IMAGES");
      revisions(client())
          .forEach(
              (number, template) -> {
                StringBuilder images = new StringBuilder();
                template
                    .at("/spec/containers")
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
  static final class Undo extends OfWorkload {
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
      ObjectNode template = revisions.get(wanted).deepCopy();
      template.remove("$patch");
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
