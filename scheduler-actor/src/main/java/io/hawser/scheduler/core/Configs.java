package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.model.ApiObject;
import io.hawser.model.ConfigReferences;
import io.hawser.model.DaemonSet;
import io.hawser.model.Deployment;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Pod;
import io.hawser.model.PodSpec;
import io.hawser.model.PodTemplate;
import io.hawser.model.RolloutHints;
import io.hawser.model.StatefulSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Who reads which config map or secret, and what a change of one means. */
public final class Configs {
  /** On the template of a workload that follows its config: a digest of what it reads. */
  static final String DIGEST = "hawser.io/config-digest";

  private Configs() {}

  /** Whether an event is about a config map or secret, and which. */
  public static Optional<ObjectKey> changed(SchedulerEvent event) {
    Optional<ObjectKey> key = Optional.empty();
    if (event instanceof SchedulerEvent.ObjectCreated e) {
      key = Optional.of(e.object().key());
    } else if (event instanceof SchedulerEvent.ObjectChanged e) {
      key = Optional.of(e.object().key());
    } else if (event instanceof SchedulerEvent.ObjectDeleted e) {
      key = Optional.of(e.key());
    }
    return key.filter(k -> k.kind().equals("ConfigMap") || k.kind().equals("Secret"));
  }

  /** What a node may have of it: nothing, unless one of its pods refers to it. */
  public static Optional<ApiObject> read(ClusterState state, String node, ObjectKey key) {
    return mayRead(state, node, key) ? state.objects().find(key) : Optional.empty();
  }

  /** Whether a pod of the node refers to it. */
  static boolean mayRead(ClusterState state, String node, ObjectKey key) {
    return state.podsOn(node).stream()
        .anyMatch(
            p ->
                p.meta().namespace().equals(key.namespace()) && reads(p.spec(), key)
                    || ConfigReferences.ofRuntime(p.spec()).equals(Optional.of(key)));
  }

  /**
   * The nodes with pods that refer to it. Looks at its namespace's pods: for changes, not reads.
   */
  public static Set<String> readers(ClusterState state, ObjectKey key) {
    Set<String> nodes = new TreeSet<>();
    PodSpec last = null;
    boolean reads = false;
    for (Pod pod : state.podsIn(key.namespace())) {
      // Replicas share their spec.
      if (pod.spec() != last) {
        last = pod.spec();
        reads = reads(last, key);
      }
      if (reads && pod.nodeName().isPresent()) {
        nodes.add(pod.nodeName().get());
      }
    }
    return nodes;
  }

  private static boolean reads(PodSpec spec, ObjectKey key) {
    return ConfigReferences.of(key.namespace(), spec).contains(key);
  }

  /**
   * Gives the deployments and sets that asked for it a new template, which rolls them out as any
   * other change of a template does. The same content again is the same template.
   */
  static void rollOut(Draft draft, ObjectKey key) {
    for (Deployment deployment : draft.state().deployments().values()) {
      if (follows(deployment.meta(), deployment.spec().template(), key)) {
        DeploymentRequests.changeTemplate(
            draft, deployment, digested(draft.state(), deployment.spec().template(), key));
      }
    }
    for (StatefulSet set :
        List.copyOf(draft.state().objects().in(key.namespace(), StatefulSet.class))) {
      if (follows(set.meta(), set.spec().template(), key)) {
        PodTemplate template = digested(draft.state(), set.spec().template(), key);
        ObjectRequests.change(draft, set, set.withTemplate(template));
      }
    }
    for (DaemonSet set :
        List.copyOf(draft.state().objects().in(key.namespace(), DaemonSet.class))) {
      if (follows(set.meta(), set.spec().template(), key)) {
        PodTemplate template = digested(draft.state(), set.spec().template(), key);
        ObjectRequests.change(draft, set, set.withTemplate(template));
      }
    }
  }

  private static boolean follows(ObjectMeta meta, PodTemplate template, ObjectKey key) {
    return meta.namespace().equals(key.namespace())
        && RolloutHints.of(meta.annotations()).followsConfig()
        && reads(template.spec(), key);
  }

  private static PodTemplate digested(ClusterState state, PodTemplate template, ObjectKey key) {
    StringBuilder all = new StringBuilder();
    for (ObjectKey read : ConfigReferences.of(key.namespace(), template.spec())) {
      state
          .objects()
          .find(read)
          .ifPresent(o -> all.append(TemplateHash.of((Record) o.withMeta(null), 0)));
    }
    Map<String, String> annotations = new HashMap<>(template.annotations());
    annotations.put(DIGEST, all.toString());
    return new PodTemplate(template.labels(), annotations, template.spec());
  }
}
