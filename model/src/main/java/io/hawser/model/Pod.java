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

  /** A pod that stays where it is. */
  public Pod(
      ObjectMeta meta,
      PodSpec spec,
      Optional<Owner> owner,
      Optional<String> nodeName,
      Optional<Instant> placedAt,
      Optional<Deletion> deletion,
      Optional<String> unschedulable,
      PodStatus status) {
    this(
        meta,
        spec,
        owner,
        nodeName,
        placedAt,
        deletion,
        unschedulable,
        status,
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

  public Pod withMeta(ObjectMeta newMeta) {
    return new Pod(
        newMeta, spec, owner, nodeName, placedAt, deletion, unschedulable, status, move, resize);
  }

  /** An equal pod that holds no copy of what it has in common with another one. */
  public Pod sharing(Pod other) {
    boolean shared = spec == other.spec && meta.labels() == other.meta.labels();
    if (shared || !owner.equals(other.owner) || !spec.equals(other.spec)) {
      return this;
    }
    ObjectMeta same =
        meta.labels().equals(other.meta.labels())
                && meta.annotations().equals(other.meta.annotations())
            ? meta.withLabelsAndAnnotations(other.meta.labels(), other.meta.annotations())
            : meta;
    return new Pod(
        same,
        other.spec,
        other.owner,
        nodeName,
        placedAt,
        deletion,
        unschedulable,
        status,
        move,
        resize);
  }

  public Pod withoutOwner() {
    return new Pod(
        meta,
        spec,
        Optional.empty(),
        nodeName,
        placedAt,
        deletion,
        unschedulable,
        status,
        move,
        resize);
  }

  public Pod placedOn(String node, Instant at) {
    return new Pod(
        meta, spec, owner, Optional.of(node), Optional.of(at), deletion, Optional.empty(), status);
  }

  /** Of one that has ended no size is awaited any more. */
  public Pod withStatus(PodStatus newStatus) {
    Optional<PendingResize> stillActive = resize.filter(r -> newStatus.isActive());
    return new Pod(
        meta,
        spec,
        owner,
        nodeName,
        placedAt,
        deletion,
        unschedulable,
        newStatus,
        move,
        stillActive);
  }

  /** From here on it is stopped, neither moved nor resized. */
  public Pod withDeletion(Deletion newDeletion) {
    return new Pod(
        meta, spec, owner, nodeName, placedAt, Optional.of(newDeletion), unschedulable, status);
  }

  public Pod withUnschedulable(String why) {
    return new Pod(
        meta, spec, owner, nodeName, placedAt, deletion, Optional.of(why), status, move, resize);
  }

  /**
   * @param newMove empty: it stays after all
   */
  public Pod withMove(Optional<Move> newMove) {
    return new Pod(
        meta, spec, owner, nodeName, placedAt, deletion, unschedulable, status, newMove, resize);
  }

  /** Sizes that it waits for from now on. */
  public Pod withPendingResize(PendingResize pending) {
    return new Pod(
        meta,
        spec,
        owner,
        nodeName,
        placedAt,
        deletion,
        unschedulable,
        status,
        move,
        Optional.of(pending));
  }

  /** With sizes in force; none is awaited any more. */
  public Pod resized(List<ContainerSize> sizes) {
    return new Pod(
        meta,
        spec.resized(sizes),
        owner,
        nodeName,
        placedAt,
        deletion,
        unschedulable,
        status,
        move,
        Optional.empty());
  }
}
