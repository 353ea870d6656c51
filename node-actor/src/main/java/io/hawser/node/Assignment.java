package io.hawser.node;

import io.hawser.cluster.protocol.NodeProtocol.Assign;
import io.hawser.cluster.protocol.NodeProtocol.AssignDelta;
import io.hawser.model.AssignedPod;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the scheduler last said this node should run.
 *
 * @param epoch of the scheduler that said it; 0 before any did
 * @param pods by uid
 * @param volumesToRemove names; not kept on disk: only a scheduler's own word removes one
 */
record Assignment(
    long epoch, long version, Map<String, AssignedPod> pods, Set<String> volumesToRemove) {
  static final Assignment NONE = new Assignment(0, 0, Map.of(), Set.of());

  Assignment {
    pods = Map.copyOf(pods);
    volumesToRemove = Set.copyOf(volumesToRemove);
  }

  /** Of pods alone. */
  static Assignment of(long epoch, long version, List<AssignedPod> pods) {
    Map<String, AssignedPod> byUid = new LinkedHashMap<>();
    pods.forEach(p -> byUid.put(p.uid(), p));
    return new Assignment(epoch, version, byUid, Set.of());
  }

  private Assignment removing(List<String> volumes) {
    return new Assignment(epoch, version, pods, Set.copyOf(volumes));
  }

  /** What a message means to this node. */
  sealed interface Verdict {}

  /** It holds from now on (perhaps unchanged). */
  record Accepted(Assignment assignment) implements Verdict {}

  /** It is late, a repetition, or of a scheduler that has been replaced. */
  record Outdated() implements Verdict {}

  /** Something before it was missed: the whole is needed. */
  record Gap() implements Verdict {}

  /** A whole assignment; the same version again is accepted and changes nothing. */
  Verdict offer(Assign message) {
    if (isOlder(message.epoch(), message.version())) {
      return new Outdated();
    }
    return new Accepted(
        of(message.epoch(), message.version(), message.pods()).removing(message.volumesToRemove()));
  }

  /** A change of the assignment that this node must have as its base. */
  Verdict offer(AssignDelta message) {
    if (message.epoch() < epoch || (message.epoch() == epoch && message.version() <= version)) {
      return new Outdated();
    }
    if (message.epoch() > epoch || message.baseVersion() != version) {
      return new Gap();
    }
    Map<String, AssignedPod> changed = new LinkedHashMap<>(pods);
    message.removed().forEach(changed::remove);
    message.changed().forEach(p -> changed.put(p.uid(), p));
    return new Accepted(
        new Assignment(epoch, message.version(), changed, Set.copyOf(message.volumesToRemove())));
  }

  private boolean isOlder(long otherEpoch, long otherVersion) {
    return otherEpoch < epoch || (otherEpoch == epoch && otherVersion < version);
  }
}
