package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.ops.client.ApiKinds;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.client.Manifests;
import io.hawser.ops.client.ObjectRef;
import io.hawser.ops.client.ResourceKind;
import io.hawser.ops.local.Deadline;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser delete}: removes objects and waits until they are gone. */
@Command(name = "delete", description = "Delete objects and wait until they are gone.")
final class DeleteCommand extends HawserCommand {
  @Parameters(arity = "0..*", paramLabel = "KIND NAME…", description = "Or KIND/NAME….")
  List<String> words = List.of();

  @Option(
      names = {"-f", "--filename"},
      arity = "1..*",
      paramLabel = "FILE",
      description = "What the manifests in these files describe.")
  List<String> files = List.of();

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "LABELS",
      description = "All objects of the kind with these labels.")
  String selector;

  @Mixin NamespaceOption namespace;

  @Option(
      names = "--wait",
      arity = "0..1",
      defaultValue = "true",
      fallbackValue = "true",
      description = "Wait until the objects are gone (default: true).")
  boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "90",
      description = "Longest wait for each object (default: ${DEFAULT-VALUE}).")
  int timeoutSeconds;

  @Option(
      names = "--grace-period",
      paramLabel = "SECONDS",
      description = "Time a pod has to stop, instead of its own; 0 kills at once.")
  Integer gracePeriodSeconds;

  @Option(names = "--ignore-not-found", description = "What is not there is no error.")
  boolean ignoreNotFound;

  @Override
  public Integer call() {
    if (words.isEmpty() == files.isEmpty()) {
      throw usage("name objects, or files with -f");
    }
    ApiKinds kinds = kinds();
    List<Targets> targets = words.isEmpty() ? List.of() : Targets.parse(words, kinds, this::usage);
    if (selector == null && targets.stream().anyMatch(t -> t.name().isEmpty())) {
      throw usage("name the objects to delete, or choose them with -l");
    }
    GatewayClient client = client();
    Map<ObjectRef, String> deleted = new LinkedHashMap<>();
    for (ObjectRef ref : refs(client, kinds, targets)) {
      delete(client, ref).ifPresent(uid -> deleted.put(ref, uid));
    }
    if (wait) {
      Deadline deadline = Deadline.seconds(timeoutSeconds);
      deleted.forEach((ref, uid) -> awaitGone(client, ref, uid, deadline));
    }
    return DONE;
  }

  private List<ObjectRef> refs(GatewayClient client, ApiKinds kinds, List<Targets> targets) {
    List<ObjectRef> refs = new ArrayList<>();
    if (!files.isEmpty()) {
      for (JsonNode manifest : Manifests.read(files, streams().in())) {
        refs.add(ObjectRef.of(manifest, namespace.name, kinds));
      }
    }
    for (Targets target : targets) {
      if (target.name().isPresent()) {
        refs.add(ObjectRef.of(target.kind(), namespace.name, target.name().get()));
      } else {
        refs.addAll(selected(client, target.kind()));
      }
    }
    return refs;
  }

  private List<ObjectRef> selected(GatewayClient client, ResourceKind kind) {
    String path =
        kind.path(Optional.of(namespace.name)) + "?labelSelector=" + ResourceKind.encode(selector);
    List<ObjectRef> refs = new ArrayList<>();
    for (JsonNode item : client.get(path).path("items")) {
      refs.add(ObjectRef.of(kind, namespace.name, item.path("metadata").path("name").asText()));
    }
    return refs;
  }

  /** The object's uid; empty when it was not there and that is all right. */
  private Optional<String> delete(GatewayClient client, ObjectRef ref) {
    Optional<JsonNode> present = client.find(ref.path());
    if (present.isEmpty() && ignoreNotFound) {
      return Optional.empty();
    }
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    options.put("apiVersion", "v1").put("kind", "DeleteOptions");
    options.put("propagationPolicy", "Background");
    if (gracePeriodSeconds != null) {
      options.put("gracePeriodSeconds", gracePeriodSeconds);
    }
    client.delete(ref.path(), options);
    out().println(ref.label() + " deleted");
    return present.map(object -> object.path("metadata").path("uid").asText());
  }

  private static void awaitGone(
      GatewayClient client, ObjectRef ref, String uid, Deadline deadline) {
    while (client
        .find(ref.path())
        .filter(object -> object.path("metadata").path("uid").asText().equals(uid))
        .isPresent()) {
      if (!deadline.pause()) {
        throw new CommandFailure(ref.label() + " is not gone after " + deadline.seconds() + " s");
      }
    }
  }
}
