package io.hawser.gateway.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.apply.Shape.Difference;
import io.hawser.gateway.wire.Documents;
import io.hawser.gateway.wire.Json;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * What writes do to an object and to the ownership of its fields, by the rules of Kubernetes'
 * server-side apply.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/server-side-apply/">Server-side
 *     apply</a>
 */
public final class Ownership {
  /** Owns what an object had before it was applied for the first time; Kubernetes' name. */
  static final String BEFORE = "before-first-apply";

  /**
   * What kubectl writes as when it works a patch out itself, and where it notes what it applied.
   */
  static final String CLIENT_SIDE = "kubectl-client-side-apply";

  static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  /** Annotations that the server makes up; nobody owns them. */
  private final Set<String> served;

  private final Instant now;

  /** What a controller has set, whose writes are not tracked: an apply without it leaves it. */
  private final FieldSet controlled;

  /**
   * @param served annotations that the server makes up
   */
  public Ownership(Set<String> served, Instant now) {
    this(served, now, FieldSet.NONE);
  }

  private Ownership(Set<String> served, Instant now, FieldSet controlled) {
    this.served = Set.copyOf(served);
    this.now = now;
    this.controlled = controlled;
  }

  /** The same for an object of which a controller sets this field. */
  public Ownership controlled(String... path) {
    return new Ownership(served, now, FieldSet.of(List.of(FieldPath.of(path))));
  }

  /**
   * What an apply comes to.
   *
   * @param object the whole, as it shall be
   * @param unchanged nothing is to be written
   */
  public record Applied(ObjectNode object, FieldOwners managers, boolean unchanged) {}

  /**
   * The owner of a new object's fields.
   *
   * @throws StatusError 400 when a list has two elements of one key
   */
  public FieldOwners create(ObjectNode config, FieldOwner who) {
    return FieldOwners.NONE.with(who, fields(config), now);
  }

  private FieldSet fields(ObjectNode config) {
    ObjectNode owned = Shape.owned(config, served);
    Shape.duplicate(owned)
        .ifPresent(
            path -> {
              throw StatusError.badRequest("the configuration has two entries for " + path);
            });
    return Shape.fields(owned);
  }

  /**
   * Sets the fields of a configuration, and removes those that its manager owned before and that
   * nobody else owns.
   *
   * @param live as the API shows it
   * @param who an applier
   * @param stored what the server makes of an object that it is given: with defaults and in its own
   *     spelling; may throw what is wrong with it
   * @throws StatusError 409 with a cause for each field that another owns and that would change,
   *     unless it is forced; 400 when a list has two elements of one key
   */
  public Applied apply(
      ObjectNode live,
      ObjectNode config,
      FieldOwner who,
      boolean force,
      UnaryOperator<ObjectNode> stored) {
    ObjectNode before = Shape.owned(live, served);
    FieldOwners managers = FieldOwners.of(live);
    if (managers.isEmpty()) {
      managers = first(live, who.apiVersion(), stored);
    }
    FieldSet wanted = fields(config);
    FieldSet kept = wanted.plus(controlled);
    for (FieldOwners.Entry other : managers.othersThan(who)) {
      kept = kept.plus(other.fields());
    }
    ObjectNode merged = Merging.merge(live, Shape.owned(config, served));
    merged = Merging.prune(merged, managers.fieldsOf(who), kept);
    Outcome outcome = outcome(merged, stored);
    ObjectNode after = Shape.owned(outcome.object(), served);
    Difference difference = Difference.between(before, after);
    FieldSet taken = difference.changed().both(wanted);
    if (!force) {
      refuseConflicts(managers.othersThan(who), taken);
    }
    outcome.throwIfWrong();
    FieldOwners next =
        managers
            .others(who, fields -> fields.minus(taken).minus(difference.removed()))
            .with(who, wanted, now);
    boolean unchanged = next.same(FieldOwners.of(live)) && Json.same(before, after);
    return new Applied(merged, next, unchanged);
  }

  /**
   * The owners of an object that had none. What kubectl applied on its own side is told apart: it
   * hands that over to who applies on the server, and would take out all that the new configuration
   * lacks, such as a number of pods that an autoscaler has set.
   */
  private FieldOwners first(ObjectNode live, String apiVersion, UnaryOperator<ObjectNode> stored) {
    FieldSet all = Shape.fields(Shape.owned(live, served));
    FieldSet clientSide = clientSide(live, stored).both(all);
    return FieldOwners.NONE
        .with(FieldOwner.updater(CLIENT_SIDE, apiVersion, ""), clientSide, now)
        .with(FieldOwner.updater(BEFORE, apiVersion, ""), all.minus(clientSide), now);
  }

  /** What the object still has as it was last applied. */
  private FieldSet clientSide(ObjectNode live, UnaryOperator<ObjectNode> stored) {
    JsonNode text = live.path("metadata").path("annotations").path(LAST_APPLIED);
    if (!text.isTextual()) {
      return FieldSet.NONE;
    }
    FieldSet note = FieldSet.of(List.of(FieldPath.of("metadata", "annotations", LAST_APPLIED)));
    try {
      byte[] bytes = text.textValue().getBytes(StandardCharsets.UTF_8);
      ObjectNode config = Documents.requireObject(Documents.parseJson(bytes));
      ObjectNode wanted = Shape.owned(config, served);
      ObjectNode merged = Merging.merge(live, wanted);
      ObjectNode after = Shape.owned(outcome(merged, stored).object(), served);
      Difference since = Difference.between(Shape.owned(live, served), after);
      return Shape.fields(wanted).minus(since.changed()).plus(note);
    } catch (StatusError notWhatKubectlWrites) {
      return note;
    }
  }

  /** An object that is wrong is compared as it was given: its conflicts are told first. */
  private record Outcome(ObjectNode object, StatusError wrong) {
    void throwIfWrong() {
      if (wrong != null) {
        throw wrong;
      }
    }
  }

  private static Outcome outcome(ObjectNode merged, UnaryOperator<ObjectNode> stored) {
    try {
      return new Outcome(stored.apply(merged), null);
    } catch (StatusError wrong) {
      return new Outcome(merged, wrong);
    }
  }

  private static void refuseConflicts(List<FieldOwners.Entry> others, FieldSet taken) {
    Map<String, List<FieldPath>> conflicts = new TreeMap<>();
    List<Refusal.Cause> causes = new ArrayList<>();
    for (FieldOwners.Entry other : others) {
      for (FieldPath path : other.fields().both(taken).paths()) {
        String with = other.manager().toString();
        conflicts.computeIfAbsent(with, m -> new ArrayList<>()).add(path);
        causes.add(
            new Refusal.Cause(path.toString(), "FieldManagerConflict", "conflict with " + with));
      }
    }
    if (causes.isEmpty()) {
      return;
    }
    StringBuilder message = new StringBuilder("Apply failed with ");
    if (causes.size() == 1) {
      Refusal.Cause only = causes.get(0);
      message.append("1 conflict: ").append(only.message()).append(": ").append(only.field());
    } else {
      message.append(causes.size()).append(" conflicts: ");
      List<String> lines = new ArrayList<>();
      conflicts.forEach(
          (manager, paths) -> {
            lines.add("conflicts with " + manager + ":");
            paths.forEach(path -> lines.add("- " + path));
          });
      message.append(String.join("\n", lines));
    }
    throw StatusError.fieldConflict(message.toString(), causes);
  }

  /**
   * Who owns what after any other write: its writer what it changed. An object that was never
   * applied has no owners and gets none.
   *
   * @param sent as its writer wants it: owners that it names count instead of those there were
   * @param stored the same as the server stores it
   */
  public FieldOwners update(ObjectNode live, ObjectNode sent, ObjectNode stored, FieldOwner who) {
    FieldOwners managers = FieldOwners.of(live);
    JsonNode named = sent.path("metadata").path("managedFields");
    if (managers.isEmpty() || FieldOwners.isReset(named)) {
      return FieldOwners.NONE;
    }
    managers = FieldOwners.parse(named).orElse(managers);
    Difference difference =
        Difference.between(Shape.owned(live, served), Shape.owned(stored, served));
    FieldSet changed = difference.changed();
    if (changed.isEmpty() && difference.removed().isEmpty()) {
      return managers;
    }
    FieldSet mine = managers.fieldsOf(who).plus(changed).minus(difference.removed());
    return managers
        .others(who, fields -> fields.minus(changed).minus(difference.removed()))
        .with(who, mine, now);
  }
}
