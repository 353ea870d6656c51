package io.hawser.node;

import io.hawser.cluster.SteadyClock;
import io.hawser.model.ApiObject;
import io.hawser.model.AssignedPod;
import io.hawser.model.NodeLossPolicy;
import io.hawser.model.ObjectKey;
import io.hawser.model.ObjectName;
import io.hawser.runtime.Container;
import io.hawser.runtime.ContainerRuntime;
import io.hawser.runtime.Recovered;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all actors of one node share, and what outlives each of them: the runtime, the threads that
 * may block, and which pods have been begun. Safe for use from any thread.
 */
final class Machine {
  private static final Logger LOG = LoggerFactory.getLogger(Machine.class);
  private static final int SIGKILL = 9;

  private final NodeSettings settings;
  private final ContainerRuntime runtime;
  private final NodeThreads threads = new NodeThreads();
  private final Clock clock = new SteadyClock();
  private final ImagePulls images;
  private final PodIsolations isolations;
  private final PersistentVolumes persistentVolumes;
  private final AtomicLong reportNumbers = new AtomicLong();
  private final Map<String, PodWork> pods = new ConcurrentHashMap<>();

  /** Null until the machine was looked through. */
  private List<Recovered> recovered;

  private final Semaphore logStreams = new Semaphore(NodeLimits.LOG_STREAMS);
  private final Semaphore execSessions = new Semaphore(NodeLimits.EXEC_SESSIONS);
  private final AtomicBoolean shutdownClaimed = new AtomicBoolean();
  private volatile boolean fenced;
  private volatile ConfigDoor configDoor = ConfigDoor.NONE;

  Machine(NodeSettings settings, ContainerRuntime runtime) {
    this.settings = settings;
    this.runtime = runtime;
    this.images =
        new ImagePulls(runtime.images(), settings.images(), threads.work(), threads.pulls());
    this.isolations =
        new PodIsolations(
            settings.stateDir().resolve("seccomp"), settings.info().capacity().memoryBytes());
    this.persistentVolumes =
        new PersistentVolumes(settings.stateDir().resolve("persistent-volumes"));
  }

  /** Whom to ask for config maps and secrets from now on. */
  void asks(ConfigDoor door) {
    configDoor = door;
  }

  CompletionStage<Optional<ApiObject>> readConfig(ObjectKey key) {
    return configDoor.read(key);
  }

  /** What this node's waits are reckoned by, and when its pods became ready. */
  Instant now() {
    return clock.instant();
  }

  NodeSettings settings() {
    return settings;
  }

  ContainerRuntime runtime() {
    return runtime;
  }

  PodIsolations isolations() {
    return isolations;
  }

  ImagePulls images() {
    return images;
  }

  NodeThreads threads() {
    return threads;
  }

  long nextReportNumber() {
    return reportNumbers.incrementAndGet();
  }

  <T> CompletionStage<T> blocking(Callable<T> call) {
    return NodeThreads.call(threads.work(), call);
  }

  /**
   * What an earlier process left; found once, however often the NodeActor restarts. Blocks.
   *
   * @return sandboxes that were neither taken over nor discarded yet
   */
  synchronized List<Recovered> leftovers() {
    if (recovered == null) {
      recovered = List.copyOf(runtime.recover());
    }
    return recovered;
  }

  /** The pod is looked after from now on; with what an earlier process left of it. */
  synchronized PodWork begin(AssignedPod pod) {
    Optional<Recovered> left =
        recovered.stream().filter(r -> r.sandbox().podUid().equals(pod.uid())).findFirst();
    recovered = recovered.stream().filter(r -> !left.equals(Optional.of(r))).toList();
    PodWork work = new PodWork(this, pod, left);
    pods.put(pod.uid(), work);
    return work;
  }

  /** Removes an earlier process' pod that nobody wants any more. Blocks; idempotent. */
  void discard(String podUid) {
    runtime.removeSandbox(podUid);
    PodVolumes.remove(volumesDirectory(), podUid);
    synchronized (this) {
      recovered = recovered.stream().filter(r -> !r.sandbox().podUid().equals(podUid)).toList();
    }
  }

  /** Newest first among pods of one name: a pod that stops may have its successor here already. */
  Optional<PodWork> find(ObjectName name) {
    return pods.values().stream()
        .filter(w -> w.assigned().name().equals(name))
        .min(Comparator.comparing(w -> w.assigned().stopGraceSeconds().isPresent()));
  }

  /** The pods of this process by uid; live view. */
  Map<String, PodWork> pods() {
    return pods;
  }

  Path volumesDirectory() {
    return settings.stateDir().resolve("volumes");
  }

  PodVolumes volumes(AssignedPod pod) {
    return new PodVolumes(volumesDirectory(), pod, persistentVolumes);
  }

  /** Removes a persistent volume that no pod has, on a thread for this alone. */
  CompletionStage<Boolean> removeVolume(String name) {
    return NodeThreads.call(
        threads.volumes(),
        () -> {
          persistentVolumes.remove(name);
          return true;
        });
  }

  /** Removes directories of pods that are neither here nor assigned. Blocks. */
  void removeStrayVolumes(Assignment assignment) {
    if (!Files.isDirectory(volumesDirectory())) {
      return;
    }
    List<String> left = leftovers().stream().map(r -> r.sandbox().podUid()).toList();
    try (Stream<Path> directories = Files.list(volumesDirectory())) {
      directories
          .filter(d -> !assignment.pods().containsKey(d.getFileName().toString()))
          .filter(d -> !left.contains(d.getFileName().toString()))
          .filter(d -> !pods.containsKey(d.getFileName().toString()))
          .forEach(PodVolumes::deleteTree);
    } catch (java.io.IOException e) {
      LOG.warn("can't look through {}: {}", volumesDirectory(), e.toString());
    }
  }

  /** One permit for each log that is being streamed. */
  Semaphore logStreams() {
    return logStreams;
  }

  /** One permit for each running exec session. */
  Semaphore execSessions() {
    return execSessions;
  }

  /** True the first time only. */
  boolean claimShutdown() {
    return shutdownClaimed.compareAndSet(false, true);
  }

  boolean isFenced() {
    return fenced;
  }

  /**
   * Kills all containers, but those of pods that are to run on without the cluster, and lets none
   * be started any more. Blocks for as long as SIGKILL takes.
   */
  void fence() {
    fenced = true;
    runtime.fence(
        pods.values().stream()
            .map(PodWork::assigned)
            .filter(Machine::runsWithoutCluster)
            .map(AssignedPod::uid)
            .collect(Collectors.toSet()));
  }

  static boolean runsWithoutCluster(AssignedPod pod) {
    return pod.stopGraceSeconds().isEmpty()
        && NodeLossPolicy.keepsRunning(pod.labels(), pod.annotations());
  }

  /** A container whose start crossed the fence must not live. */
  void killIfFenced(Container container) {
    if (fenced) {
      container.signal(SIGKILL);
    }
  }
}
