package io.hawser.model;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A pod from its creation to its removal.
 *
 * @param owner empty for a pod a user made by hand
 * @param nodeName where it was placed; empty while pending
 * @param deletion present once its deletion was asked for; it never goes away again
 * @param unschedulable why no node fits, while it is pending
 * @param move present while it serves on until another pod does in its place
 * @param resize present while other sizes than those of its spec wait for room on its node
 */
public record Pod(
    ObjectMeta meta,
    PodSpec spec,
    Optional<Owner> owner,
    Optional<String> nodeName,
    Optional<Instant> placedAt,
    Optional<Deletion> deletion,
    Optional<String> unschedulable,
    PodStatus status,
    Optional<Move> move,
    Optional<PendingResize> resize) {

  /** Pods of an old journal are not on the move, and their sizes are those of their spec. */
  public Pod {
    move = move == null ? Optional.empty() : move;
    resize = resize == null ? Optional.empty() : resize;
  }

  /** A pod that has just been asked for and waits for a node. */
  public static Pod created(ObjectMeta meta, PodSpec spec, Optional<Owner> owner) {
    return new Pod(
        meta,
        spec,
        owner,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        PodStatus.PENDING,
        Optional.empty(),
        Optional.empty());
  }

  /** The reason in the status of a pod that its owner does without; Kubernetes' word. */
  public static final String WRITTEN_OFF = "NodeLost";

  /**
   * Which object a pod belongs to, and which template of it the pod was made from.
   *
   * @param kind such as {@code Deployment}; absent in an old journal, where it was always that
   * @param templateHash empty for an owner without revisions
   */
  public record Owner(String kind, String name, String uid, String templateHash) {
    public static final String DEPLOYMENT = "Deployment";

    public Owner {
      kind = kind == null ? DEPLOYMENT : kind;
    }

    /** The kind as users write it, also of one that a jar brought. */
    public String shownKind() {
      return CustomObject.isType(kind) ? CustomObject.typeOf(kind).kind() : kind;
    }

    public static Owner deployment(String name, String uid, String templateHash) {
      return new Owner(DEPLOYMENT, name, uid, templateHash);
    }
  }

  /** When the deletion was asked for and how long the pod has to stop. */
  public record Deletion(Instant requestedAt, long graceSeconds) {}

  /**
   * The pod is to go once its owner has another one that serves.
   *
   * @param reason who wants it gone, and what for
   * @param graceSeconds how long it has to stop then
   * @param serving how many of its owner's pods were available when it was asked for; so many stay
   * @param until when waiting for the replacement ends; how, the urgency says
   */
  public record Move(
      Instant requestedAt,
      String reason,
      long graceSeconds,
      int serving,
      Urgency urgency,
      Instant until) {}

  /**
   * Sizes that were asked for and are not in force yet.
   *
   * @param sizes of all containers
   * @param infeasible the node could not hold them if it had no other pod
   * @param message what stands in their way
   */
  public record PendingResize(
      Instant requestedAt, List<ContainerSize> sizes, boolean infeasible, String message) {
    public PendingResize {
      sizes = List.copyOf(sizes);
    }
  }

  /** What becomes of a move whose replacement does not come. No urgency breaks a budget. */
  public enum Urgency {
    /** It ends, also when there is no room for a replacement. */
    WISHED,
    /** Without room the pod goes first; when the time is up the move ends. */
    ASKED,
    /** Without room, or when the time is up, the pod goes first. */
    DUE
  }

  public ObjectName name() {
    return meta.objectName();
  }

  public String uid() {
    return meta.uid();
  }

  public Optional<ObjectName> deployment() {
    return owner
        .filter(o -> o.kind().equals(Owner.DEPLOYMENT))
        .map(o -> new ObjectName(meta.namespace(), o.name()));
  }

  /** Its owner's key; the object may be gone, or another one of that name. */
  public Optional<ObjectKey> ownerKey() {
    return owner.map(o -> new ObjectKey(o.kind(), meta.namespace(), o.name()));
  }

  /** Lost with its node and replaced, but remembered in case that the node returns. */
  public boolean isWrittenOff() {
    return status.reason().filter(WRITTEN_OFF::equals).isPresent();
  }

  public boolean isDeleting() {
    return deletion.isPresent();
  }

  /** It will be gone: its room and its place in a topology are another's already. */
  public boolean isLeaving() {
    return deletion.isPresent() || move.isPresent();
  }

  /** Neither succeeded nor failed: it takes room on its node. */
  public boolean isActive() {
    return status.isActive();
  }

  /** Its spec with the sizes that were asked for last, in force or not. */
  public PodSpec desiredSpec() {
    return resize.map(pending -> spec.resized(pending.sizes())).orElse(spec);
  }

  /** This pod in the making of another one: what is not said stays as it is. */
  private final class Change {
    private ObjectMeta newMeta = meta;
    private PodSpec newSpec = spec;
    private Optional<Owner> newOwner = owner;
    private Optional<String> newNodeName = nodeName;
    private Optional<Instant> newPlacedAt = placedAt;
    private Optional<Deletion> newDeletion = deletion;
    private Optional<String> newUnschedulable = unschedulable;
    private PodStatus newStatus = status;
    private Optional<Move> newMove = move;
    private Optional<PendingResize> newResize = resize;

    Pod made() {
      return new Pod(
          newMeta,
          newSpec,
          newOwner,
          newNodeName,
          newPlacedAt,
          newDeletion,
          newUnschedulable,
          newStatus,
          newMove,
          newResize);
    }
  }

  public Pod withMeta(ObjectMeta newMeta) {
    Change change = new Change();
    change.newMeta = newMeta;
    return change.made();
  }

  /** An equal pod that holds no copy of what it has in common with another one. */
  public Pod sharing(Pod other) {
    boolean shared = spec == other.spec && meta.labels() == other.meta.labels();
    if (shared || !owner.equals(other.owner) || !spec.equals(other.spec)) {
      return this;
    }
    Change change = new Change();
    if (meta.labels().equals(other.meta.labels())
        && meta.annotations().equals(other.meta.annotations())) {
      change.newMeta = meta.withLabelsAndAnnotations(other.meta.labels(), other.meta.annotations());
    }
    change.newSpec = other.spec;
    change.newOwner = other.owner;
    return change.made();
  }

  public Pod withoutOwner() {
    Change change = new Change();
    change.newOwner = Optional.empty();
    return change.made();
  }

  /** Neither moved nor resized: it starts anew there. */
  public Pod placedOn(String node, Instant at) {
    Change change = stays();
    change.newNodeName = Optional.of(node);
    change.newPlacedAt = Optional.of(at);
    change.newUnschedulable = Optional.empty();
    return change.made();
  }

  private Change stays() {
    Change change = new Change();
    change.newMove = Optional.empty();
    change.newResize = Optional.empty();
    return change;
  }

  /** Of one that has ended no size is awaited any more. */
  public Pod withStatus(PodStatus newStatus) {
    Change change = new Change();
    change.newStatus = newStatus;
    change.newResize = newStatus.isActive() ? resize : Optional.empty();
    return change.made();
  }

  /** From here on it is stopped, neither moved nor resized. */
  public Pod withDeletion(Deletion newDeletion) {
    Change change = stays();
    change.newDeletion = Optional.of(newDeletion);
    return change.made();
  }

  public Pod withUnschedulable(String why) {
    Change change = new Change();
    change.newUnschedulable = Optional.of(why);
    return change.made();
  }

  /**
   * @param newMove empty: it stays after all
   */
  public Pod withMove(Optional<Move> newMove) {
    Change change = new Change();
    change.newMove = newMove;
    return change.made();
  }

  /** Sizes that it waits for from now on. */
  public Pod withPendingResize(PendingResize pending) {
    Change change = new Change();
    change.newResize = Optional.of(pending);
    return change.made();
  }

  /** With sizes in force; none is awaited any more. */
  public Pod resized(List<ContainerSize> sizes) {
    Change change = new Change();
    change.newSpec = spec.resized(sizes);
    change.newResize = Optional.empty();
    return change.made();
  }
}
