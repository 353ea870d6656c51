package io.hawser.model;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a pod's node says of it.
 *
 * @param readySince present exactly while every container is ready
 */
public record PodStatus(
    PodPhase phase,
    Optional<Instant> readySince,
    Optional<String> podIp,
    Optional<Instant> startedAt,
    List<ContainerStatus> initContainers,
    List<ContainerStatus> containers,
    Optional<String> reason,
    Optional<String> message) {

  public static final PodStatus PENDING =
      new PodStatus(
          PodPhase.PENDING,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          List.of(),
          List.of(),
          Optional.empty(),
          Optional.empty());

  public PodStatus {
    initContainers = List.copyOf(initContainers);
    containers = List.copyOf(containers);
  }

  /** Neither succeeded nor failed. */
  public boolean isActive() {
    return phase == PodPhase.PENDING || phase == PodPhase.RUNNING;
  }

  public boolean isReady() {
    return readySince.isPresent();
  }

  /**
   * An equal status that holds no copy of what did not change since an earlier one: names of images
   * are most of a status, and each report brings them anew.
   */
  public PodStatus sharing(PodStatus earlier) {
    return new PodStatus(
        phase,
        readySince,
        same(podIp, earlier.podIp),
        same(startedAt, earlier.startedAt),
        sharing(initContainers, earlier.initContainers),
        sharing(containers, earlier.containers),
        reason,
        message);
  }

  private static List<ContainerStatus> sharing(
      List<ContainerStatus> containers, List<ContainerStatus> earlier) {
    if (containers.size() != earlier.size()) {
      return containers;
    }
    List<ContainerStatus> sharing = new ArrayList<>(containers.size());
    for (int i = 0; i < containers.size(); i++) {
      sharing.add(containers.get(i).sharing(earlier.get(i)));
    }
    return sharing;
  }

  private static <T> T same(T now, T earlier) {
    return Objects.equals(now, earlier) ? earlier : now;
  }

  /**
   * Kubernetes' {@code core/v1 ContainerStatus}.
   *
   * @param resized its present size, once that was changed while it ran
   * @param imageArchitectures those that its image is for, when the node found that its own is not
   *     among them; else empty
   */
  public record ContainerStatus(
      String name,
      String image,
      String imageId,
      String containerId,
      ContainerState state,
      Optional<ContainerState> lastState,
      boolean started,
      boolean ready,
      int restartCount,
      Optional<ContainerSize> resized,
      Set<String> imageArchitectures) {

    /** An old journal has neither of the last two. */
    public ContainerStatus {
      resized = resized == null ? Optional.empty() : resized;
      imageArchitectures = imageArchitectures == null ? Set.of() : Set.copyOf(imageArchitectures);
    }

    /** With the size it was started with. */
    public ContainerStatus(
        String name,
        String image,
        String imageId,
        String containerId,
        ContainerState state,
        Optional<ContainerState> lastState,
        boolean started,
        boolean ready,
        int restartCount) {
      this(
          name,
          image,
          imageId,
          containerId,
          state,
          lastState,
          started,
          ready,
          restartCount,
          Optional.empty(),
          Set.of());
    }

    private ContainerStatus sharing(ContainerStatus earlier) {
      return new ContainerStatus(
          same(name, earlier.name),
          same(image, earlier.image),
          same(imageId, earlier.imageId),
          same(containerId, earlier.containerId),
          state,
          lastState,
          started,
          ready,
          restartCount,
          resized,
          imageArchitectures);
    }

    public ContainerStatus resizedTo(ContainerSize size) {
      return with(Optional.of(size), imageArchitectures);
    }

    /** Of an image that is for these architectures only. */
    public ContainerStatus withImageFor(Set<String> architectures) {
      return with(resized, architectures);
    }

    private ContainerStatus with(Optional<ContainerSize> size, Set<String> architectures) {
      return new ContainerStatus(
          name,
          image,
          imageId,
          containerId,
          state,
          lastState,
          started,
          ready,
          restartCount,
          size,
          architectures);
    }
  }

  /** Which of Kubernetes' three container states. */
  public enum StateKind {
    WAITING,
    RUNNING,
    TERMINATED
  }

  /**
   * A container's state; the fields of the other kinds are empty.
   *
   * @param reason of waiting or termination: {@code ContainerCreating}, {@code CrashLoopBackOff},
   *     {@code Completed}, {@code Error}, {@code OOMKilled}
   * @param message of waiting or termination: the cause; of running: how its image came
   */
  public record ContainerState(
      StateKind kind,
      Optional<Instant> startedAt,
      Optional<Instant> finishedAt,
      Optional<Integer> exitCode,
      Optional<String> reason,
      Optional<String> message) {

    /** How the message of a container begins whose image is pulled. */
    public static final String PULLING = "Pulling image ";

    public static ContainerState waiting(String reason, Optional<String> message) {
      return new ContainerState(
          StateKind.WAITING,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.of(reason),
          message);
    }

    /** Its image is not on the node yet. */
    public static ContainerState pulling(String image) {
      return waiting("ContainerCreating", Optional.of(PULLING + "\"" + image + "\""));
    }

    public static ContainerState running(Instant startedAt) {
      return running(startedAt, Optional.empty());
    }

    /**
     * @param image how the image came to the node
     */
    public static ContainerState running(Instant startedAt, Optional<String> image) {
      return new ContainerState(
          StateKind.RUNNING,
          Optional.of(startedAt),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          image);
    }

    public static ContainerState terminated(
        Optional<Instant> startedAt, Instant finishedAt, int exitCode, String reason) {
      return new ContainerState(
          StateKind.TERMINATED,
          startedAt,
          Optional.of(finishedAt),
          Optional.of(exitCode),
          Optional.of(reason),
          Optional.empty());
    }
  }
}
