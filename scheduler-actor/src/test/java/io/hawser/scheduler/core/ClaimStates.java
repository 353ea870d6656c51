package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.protocol.ClientRequest;
import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ObjectKey;
import io.hawser.model.PersistentVolume;
import io.hawser.model.PersistentVolume.ReclaimPolicy;
import io.hawser.model.PersistentVolumeClaim;
import io.hawser.model.PersistentVolumeClaim.AccessMode;
import io.hawser.model.Pod;
import io.hawser.scheduler.core.StateTableTest.Input;
import io.hawser.scheduler.core.StateTableTest.Start;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The states of the claim {@code data} and its volume, and what can happen to them. */
final class ClaimStates {
  static final String KIND = "PersistentVolumeClaim";
  private static final ObjectKey KEY = ObjectKey.of(KIND, Samples.name("data"));

  private ClaimStates() {}

  static String stateOf(ClusterState state, ObjectKey key) {
    Optional<PersistentVolumeClaim> claim =
        state.objects().find(PersistentVolumeClaim.class, key.objectName());
    Optional<PersistentVolume> volume =
        state.objects().all(PersistentVolume.class).stream().findFirst();
    if (claim.isEmpty()) {
      return volume.map(v -> v.isToBeRemoved() ? "being removed" : "retained").orElse("absent");
    }
    boolean used = state.pod(Samples.name("p")).flatMap(Pod::nodeName).isPresent();
    return claim.get().isDeleting()
        ? "ending"
        : !claim.get().isBound() ? "waiting" : used ? "used" : "bound";
  }

  static Map<String, Start<ObjectKey>> states() {
    Map<String, Start<ObjectKey>> states = new LinkedHashMap<>();
    states.put("absent", world -> KEY);
    states.put("waiting", ClaimStates::waiting);
    states.put("used", ClaimStates::used);
    states.put("bound", ClaimStates::bound);
    states.put(
        "ending",
        world -> {
          used(world);
          world.ask(ClaimSamples.deleteClaim("data"));
          return KEY;
        });
    states.put(
        "being removed",
        world -> {
          bound(world);
          world.ask(ClaimSamples.deleteClaim("data"));
          return KEY;
        });
    states.put(
        "retained",
        world -> {
          bound(world);
          policy(world, ReclaimPolicy.RETAIN);
          world.ask(ClaimSamples.deleteClaim("data"));
          return KEY;
        });
    return states;
  }

  private static ObjectKey waiting(World world) {
    world.ask(ClaimSamples.createClaim("data"));
    return KEY;
  }

  private static ObjectKey used(World world) {
    waiting(world);
    world.ask(
        Samples.createPod(
            "p", ClaimSamples.using("data").placedBy(Optional.of("n1"), Optional.empty())));
    world.nodesObey();
    return KEY;
  }

  private static ObjectKey bound(World world) {
    used(world);
    return podGone(world);
  }

  private static ObjectKey podGone(World world) {
    if (world.pod("p") != null) {
      world.ask(Samples.deletePod(Samples.name("p")));
      world.nodesObey();
    }
    return KEY;
  }

  private static Optional<Answer> policy(World world, ReclaimPolicy policy) {
    return ClaimSamples.volumes(world).stream()
        .findFirst()
        .map(volume -> world.ask(WorkloadSamples.update(volume.withReclaimPolicy(policy))));
  }

  static Map<String, Input<ObjectKey>> inputs() {
    Map<String, Input<ObjectKey>> inputs = new LinkedHashMap<>();
    inputs.put("create", (w, key) -> Optional.of(w.ask(ClaimSamples.createClaim("data"))));
    inputs.put(
        "update, another access mode",
        (w, key) ->
            Optional.of(
                w.ask(
                    WorkloadSamples.update(
                        ClaimSamples.claim("data", AccessMode.READ_WRITE_ONCE_POD)))));
    inputs.put(
        "a pod that uses it is made",
        (w, key) -> {
          if (w.pod("p") == null) {
            w.ask(Samples.createPod("p", ClaimSamples.using("data")));
          }
          return Optional.empty();
        });
    inputs.put("its pod is gone", (w, key) -> nothing(podGone(w)));
    inputs.put(
        "its node is lost",
        (w, key) -> {
          w.nodeGone("n1");
          return Optional.empty();
        });
    inputs.put(
        "its node is removed for good",
        (w, key) -> {
          w.nodeGone("n1");
          w.ask(new ClientRequest.DeleteNode("n1"));
          return Optional.empty();
        });
    inputs.put("its node says: the directory is removed", (w, key) -> removed(w, "n1"));
    inputs.put("another node says: the directory is removed", (w, key) -> removed(w, "n2"));
    inputs.put("its volume is to be deleted", (w, key) -> policy(w, ReclaimPolicy.DELETE));
    inputs.put("its volume is to be retained", (w, key) -> policy(w, ReclaimPolicy.RETAIN));
    inputs.put("delete", (w, key) -> Optional.of(w.ask(ClaimSamples.deleteClaim("data"))));
    inputs.put(
        "delete its volume",
        (w, key) ->
            ClaimSamples.volumes(w).stream()
                .findFirst()
                .map(v -> w.ask(ClaimSamples.delete("PersistentVolume", "", v.meta().name()))));
    return inputs;
  }

  private static Optional<Answer> nothing(ObjectKey key) {
    return Optional.empty();
  }

  private static Optional<Answer> removed(World world, String node) {
    List<String> names = ClaimSamples.volumes(world).stream().map(v -> v.meta().name()).toList();
    world.decide(new SchedulerInput.PodsReported(world.now, 7, node, List.of(), names));
    return Optional.empty();
  }
}
