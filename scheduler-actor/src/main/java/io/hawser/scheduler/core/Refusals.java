package io.hawser.scheduler.core;

import io.hawser.cluster.protocol.Answer;
import io.hawser.model.ObjectMeta;
import io.hawser.model.Refusal;
import io.hawser.model.Refusal.Reason;
import java.util.List;
import java.util.Optional;

/** The refusals that need the cluster's state, in Kubernetes' words. */
final class Refusals {
  private Refusals() {}

  static Answer notFound(String kind, String name) {
    return of(Reason.NOT_FOUND, "%s \"%s\" not found".formatted(kind, name));
  }

  static Answer alreadyExists(String kind, String name) {
    return of(Reason.ALREADY_EXISTS, "%s \"%s\" already exists".formatted(kind, name));
  }

  static Answer forbidden(String kind, String name, String why) {
    return of(Reason.FORBIDDEN, "%s \"%s\" is forbidden: %s".formatted(kind, name, why));
  }

  static Answer conflict(String kind, String name, String why) {
    return of(
        Reason.CONFLICT,
        "Operation cannot be fulfilled on %s \"%s\": %s".formatted(kind, name, why));
  }

  static Answer stateFull(Draft draft) {
    return of(Reason.INSUFFICIENT_STORAGE, stateFullMessage(draft));
  }

  static String stateFullMessage(Draft draft) {
    return "the cluster's objects would take more than the %d KiB that its controllers hold (hawser.scheduler.state-bytes); delete some, or give the nodes a larger heap (HAWSER_NODE_JVM=-Xmx1g)"
        .formatted(draft.limits().maxChars() >> 10);
  }

  static Answer tooManyRequests(String why) {
    return of(Reason.TOO_MANY_REQUESTS, why);
  }

  /**
   * @param cause Kubernetes' cause type, such as {@code FieldValueInvalid}
   */
  static Answer invalid(String kind, String name, String field, String cause, String message) {
    return new Answer.Refused(
        new Refusal(
            Reason.INVALID,
            "%s \"%s\" is invalid: %s: %s".formatted(kind, name, field, message),
            List.of(new Refusal.Cause(field, cause, message))));
  }

  /** Refuses when a condition of the request no longer holds. */
  static Optional<Answer> stale(
      String kind, ObjectMeta meta, Optional<Long> ifResourceVersion, Optional<String> ifUid) {
    if (ifUid.isPresent() && !ifUid.get().equals(meta.uid())) {
      return Optional.of(
          conflict(
              kind,
              meta.name(),
              "the object's uid is %s, not %s".formatted(meta.uid(), ifUid.get())));
    }
    if (ifResourceVersion.isPresent() && ifResourceVersion.get() != meta.resourceVersion()) {
      return Optional.of(
          conflict(
              kind,
              meta.name(),
              "the object has been modified; please apply your changes to the latest version and"
                  + " try again"));
    }
    return Optional.empty();
  }

  private static Answer of(Reason reason, String message) {
    return new Answer.Refused(Refusal.of(reason, message));
  }
}
