package io.hawser.gateway.decode;

import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.NameRules;
import io.hawser.model.LabelSelector;
import io.hawser.model.LabelSelector.Operator;
import io.hawser.model.LabelSelector.Requirement;
import java.util.List;
import java.util.Map;

/** Reads a {@code metav1.LabelSelector}. */
final class SelectorDecoder {
  private static final Map<String, Operator> OPERATORS =
      Map.of(
          "In", Operator.IN,
          "NotIn", Operator.NOT_IN,
          "Exists", Operator.EXISTS,
          "DoesNotExist", Operator.DOES_NOT_EXIST);

  private SelectorDecoder() {}

  static LabelSelector decode(Fields selector) {
    Map<String, String> labels = selector.stringMap("matchLabels");
    NameRules.checkLabels(selector.causes(), selector.path("matchLabels"), labels);
    List<Requirement> requirements =
        selector.objects("matchExpressions", SelectorDecoder::requirement);
    selector.end();
    return new LabelSelector(labels, requirements);
  }

  private static Requirement requirement(Fields fields) {
    String key = fields.requiredText("key", "expected a label's key");
    if (!key.isEmpty()) {
      NameRules.checkKey(fields.causes(), fields.path("key"), key);
    }
    List<String> names = List.of("DoesNotExist", "Exists", "In", "NotIn");
    fields.requiredText("operator", "expected one of " + String.join(", ", names));
    Operator operator = fields.oneOf("operator", names).map(OPERATORS::get).orElse(Operator.EXISTS);
    List<String> values = fields.strings("values");
    boolean setBased = operator == Operator.IN || operator == Operator.NOT_IN;
    if (setBased && values.isEmpty()) {
      fields.causes().required(fields.path("values"), "must be given with In and NotIn");
    } else if (!setBased && !values.isEmpty()) {
      fields
          .causes()
          .forbidden(fields.path("values"), "may not be given with Exists and DoesNotExist");
    }
    fields.end();
    return new Requirement(key, operator, values);
  }
}
