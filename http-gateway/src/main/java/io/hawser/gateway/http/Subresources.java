package io.hawser.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.replica.ReplicaProtocol.View;
import io.hawser.gateway.kind.DeploymentResource;
import io.hawser.gateway.kind.PodResource;
import io.hawser.gateway.kind.Resource.DeleteOptions;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Deployment;
import io.hawser.model.DeploymentSpec;
import io.hawser.model.ObjectMeta;
import io.hawser.model.ObjectName;
import io.hawser.model.Pod;
import io.hawser.model.ReplicaLimits;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** Parts of objects with a path of their own: a deployment's scale, a pod's eviction. */
final class Subresources {
  /** An eviction's annotation: how long its pod may wait for a replacement, in seconds. */
  static final String MOVE_WITHIN = "hawser.io/move-within-seconds";

  private final ClusterAccess cluster;
  private final Bodies bodies;
  private final DeploymentResource deployments = new DeploymentResource();
  private final PodResource pods = new PodResource();
  private final Races races;

  Subresources(ClusterAccess cluster, Bodies bodies) {
    this.cluster = cluster;
    this.races = new Races(cluster);
    this.bodies = bodies;
  }

  CompletionStage<HttpResponse> getScale(ApiPath path) {
    return cluster
        .view()
        .thenApply(v -> Responses.ok(scale(ResourceReads.require(deployments, v.state(), path))));
  }

  private static ObjectNode scale(Deployment deployment) {
    return scale(
        deployment.meta(),
        deployment.spec().replicas(),
        deployment.status().replicas(),
        DeploymentResource.selectorText(deployment));
  }

  /** {@code autoscaling/v1 Scale}. */
  static ObjectNode scale(ObjectMeta meta, int wanted, int there, String selector) {
    ObjectNode node = Json.object("Scale", "autoscaling/v1");
    node.putObject("metadata")
        .put("name", meta.name())
        .put("namespace", meta.namespace())
        .put("uid", meta.uid())
        .put("resourceVersion", Long.toString(meta.resourceVersion()))
        .put("creationTimestamp", Json.time(meta.createdAt()));
    node.putObject("spec").put("replicas", wanted);
    node.putObject("status").put("replicas", there).put("selector", selector);
    return node;
  }

  CompletionStage<HttpResponse> putScale(ApiPath path, ApiRequest request) {
    return bodies
        .tree(request)
        .thenCompose(tree -> submitScale(path, request, Documents.requireObject(tree), true));
  }

  CompletionStage<HttpResponse> patchScale(ApiPath path, ApiRequest request) {
    String type = request.contentType();
    Patches.requireSupported(type, false);
    Writer.refuseForce(request);
    return bodies
        .bytes(request)
        .thenCombine(
            cluster.view(),
            (bytes, view) -> {
              JsonNode patch = Patches.parse(type, bytes);
              Deployment current = ResourceReads.require(deployments, view.state(), path);
              boolean pinned = patch.path("metadata").hasNonNull("resourceVersion");
              ObjectNode after = Patches.apply(type, scale(current), patch);
              return submitScale(path, request, after, pinned);
            })
        .thenCompose(stage -> stage);
  }

  /**
   * @param pinned the version in the body was named by the client, not by this gateway
   */
  private CompletionStage<HttpResponse> submitScale(
      ApiPath path, ApiRequest request, ObjectNode body, boolean pinned) {
    Scaling scaling = readScale(path, body, ReplicaLimits.SORTED);
    Optional<Long> version = pinned ? scaling.version() : Optional.empty();
    return races.run(
        new Races.Change<>(
            deployments,
            path,
            version.isPresent(),
            view -> submitScale(path, request, scaling.replicas(), version, view)));
  }

  private CompletionStage<HttpResponse> submitScale(
      ApiPath path, ApiRequest request, int replicas, Optional<Long> version, View view) {
    ObjectName name = new ObjectName(path.namespace(), path.name().orElseThrow());
    ClientRequest scaling =
        view.state()
            .deployment(name)
            .filter(d -> d.meta().managedFields().isPresent())
            .map(d -> owned(d, replicas, version, request, view))
            .orElseGet(() -> new ClientRequest.ScaleDeployment(name, replicas, version));
    boolean dryRun = Writer.isDryRun(request);
    return cluster
        .perform(scaling, deployments.type().subject(name.name()), dryRun)
        .thenApply(
            v -> {
              Deployment after = ResourceReads.require(deployments, v.state(), path);
              return Responses.ok(scale(dryRun ? withReplicas(after, replicas) : after));
            });
  }

  /**
   * Of a deployment whose fields have owners: who scales it owns its number of pods from then on.
   */
  private ClientRequest owned(
      Deployment deployment, int replicas, Optional<Long> version, ApiRequest request, View view) {
    Deployment scaled = withReplicas(deployment, replicas);
    ObjectMeta meta =
        ManagedFields.scaled(
            deployments, view.state(), request, deployment.meta(), deployment, scaled);
    return new ClientRequest.UpdateDeployment(
        deployment.name(),
        meta.labels(),
        meta.annotations(),
        scaled.spec(),
        version.or(() -> Optional.of(meta.resourceVersion())),
        Optional.empty());
  }

  private static Deployment withReplicas(Deployment deployment, int replicas) {
    DeploymentSpec spec = deployment.spec().withReplicas(replicas);
    return new Deployment(deployment.meta(), spec, deployment.revisions(), deployment.status());
  }

  record Scaling(int replicas, Optional<Long> version) {}

  static Scaling readScale(ApiPath path, ObjectNode body, int most) {
    Causes causes = new Causes();
    Fields root = Fields.of(body, causes);
    root.oneOf("kind", java.util.List.of("Scale"));
    root.oneOf("apiVersion", java.util.List.of("autoscaling/v1"));
    Optional<Long> version =
        root.object("metadata")
            .flatMap(m -> m.text("resourceVersion"))
            .filter(v -> v.matches("\\d{1,18}"))
            .map(Long::parseLong);
    int replicas =
        root.requiredObject("spec", "expected an object with replicas")
            .map(
                spec -> {
                  int n = spec.integer("replicas", 0, 0, most);
                  spec.end();
                  return n;
                })
            .orElse(0);
    root.harmless("status");
    root.end();
    causes.throwIfAny(new StatusError.Subject("autoscaling", "Scale", path.name().orElse("")));
    return new Scaling(replicas, version);
  }

  /** {@code POST …/pods/NAME/eviction}: a deletion that a disruption budget may refuse with 429. */
  CompletionStage<HttpResponse> evict(ApiPath path, ApiRequest request) {
    return eviction(path, request)
        .thenCombine(
            cluster.view(),
            (eviction, view) -> {
              Pod pod = ResourceReads.require(pods, view.state(), path);
              return cluster.perform(
                  new ClientRequest.DeletePod(
                      pod.name(),
                      eviction.options().graceSeconds(),
                      eviction.options().ifUid(),
                      true,
                      eviction.withinSeconds()),
                  pods.type().subject(pod.meta().name()),
                  eviction.options().dryRun() || Writer.isDryRun(request));
            })
        .thenCompose(stage -> stage)
        .thenApply(
            view -> {
              ObjectNode status = Json.object("Status", "v1");
              status.putObject("metadata");
              return Responses.of(
                  201, status.put("status", "Success").put("code", 201), Accepted.JSON);
            });
  }

  private record Eviction(DeleteOptions options, Optional<Long> withinSeconds) {}

  private CompletionStage<Eviction> eviction(ApiPath path, ApiRequest request) {
    return bodies
        .tree(request)
        .thenApply(
            tree -> {
              Causes causes = new Causes();
              Fields root = Fields.of(Documents.requireObject(tree), causes);
              root.oneOf("kind", java.util.List.of("Eviction"));
              root.oneOf("apiVersion", java.util.List.of("policy/v1", "policy/v1beta1"));
              Optional<Long> within = root.any("metadata").flatMap(m -> within(m, causes));
              Optional<JsonNode> options = root.any("deleteOptions");
              root.end();
              causes.throwIfAny(
                  new StatusError.Subject("policy", "Eviction", path.name().orElse("")));
              DeleteOptions read =
                  options
                      .map(o -> DeleteOptionsReader.read(Documents.requireObject(o)))
                      .orElse(DeleteOptions.NONE);
              return new Eviction(read, within);
            });
  }

  /** Longest wait for a replacement; Kubernetes has no field for it. */
  private static Optional<Long> within(JsonNode meta, Causes causes) {
    JsonNode text = meta.path("annotations").path(MOVE_WITHIN);
    if (text.isMissingNode()) {
      return Optional.empty();
    } else if (text.asText().matches("[1-9]\\d{0,8}")) {
      return Optional.of(Long.parseLong(text.asText()));
    }
    causes.invalid("metadata.annotations[" + MOVE_WITHIN + "]", text.asText(), "must be seconds");
    return Optional.empty();
  }

  /** {@code auth can-i}: whoever has the token may do everything. */
  CompletionStage<HttpResponse> accessReview(ApiRequest request) {
    return bodies
        .tree(request)
        .thenApply(
            tree -> {
              ObjectNode review = Documents.requireObject(tree).deepCopy();
              review.put("kind", "SelfSubjectAccessReview");
              review.put("apiVersion", "authorization.k8s.io/v1");
              review.putObject("status").put("allowed", true);
              return Responses.of(201, review, Accepted.JSON);
            });
  }

  static CompletionStage<HttpResponse> done(HttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
