package io.hawser.gateway.decode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.NameRules;
import io.hawser.model.Taint;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads what a user may change of a {@code core/v1 Node}. */
public final class NodeDecoder {
  static final Map<String, Taint.Effect> EFFECTS =
      Map.of(
          "NoSchedule", Taint.Effect.NO_SCHEDULE,
          "PreferNoSchedule", Taint.Effect.PREFER_NO_SCHEDULE,
          "NoExecute", Taint.Effect.NO_EXECUTE);
  static final List<String> EFFECT_NAMES = List.of("NoExecute", "NoSchedule", "PreferNoSchedule");

  private NodeDecoder() {}

  /** A node as a client wrote it. */
  public record Decoded(Metadata meta, boolean unschedulable, List<Taint> taints) {}

  /**
   * @throws io.hawser.gateway.wire.StatusError 422 naming every wrong field
   */
  public static Decoded decode(ObjectNode body, Target target) {
    Causes causes = new Causes();
    Fields root = Fields.of(body, causes);
    Metadata meta = Metadata.decode(root, target, false);
    boolean unschedulable = false;
    List<Taint> taints = List.of();
    Optional<Fields> spec = root.object("spec");
    if (spec.isPresent()) {
      unschedulable = spec.get().bool("unschedulable").orElse(false);
      taints = spec.get().objects("taints", NodeDecoder::taint);
      checkUnique(spec.get(), taints);
      spec.get().harmless("podCIDR", "podCIDRs", "providerID");
      spec.get().unsupported("configSource");
      spec.get().end();
    }
    root.harmless("status");
    root.end();
    causes.throwIfAny(target.subject(meta.name()));
    return new Decoded(meta, unschedulable, taints);
  }

  private static Taint taint(Fields fields) {
    String key = fields.requiredText("key", "expected the taint's key");
    if (!key.isEmpty()) {
      NameRules.checkKey(fields.causes(), fields.path("key"), key);
    }
    String value = fields.text("value").orElse("");
    NameRules.checkLabelValue(fields.causes(), fields.path("value"), value);
    fields.requiredText("effect", "expected one of " + String.join(", ", EFFECT_NAMES));
    Taint.Effect effect =
        fields.oneOf("effect", EFFECT_NAMES).map(EFFECTS::get).orElse(Taint.Effect.NO_SCHEDULE);
    fields.harmless("timeAdded");
    fields.end();
    return new Taint(key, value, effect);
  }

  private static void checkUnique(Fields spec, List<Taint> taints) {
    Set<List<Object>> seen = new HashSet<>();
    List<Taint> all = new ArrayList<>(taints);
    for (int i = 0; i < all.size(); i++) {
      if (!seen.add(List.of(all.get(i).key(), all.get(i).effect()))) {
        spec.causes().duplicate(spec.path("taints") + "[" + i + "]", all.get(i).key());
      }
    }
  }
}
