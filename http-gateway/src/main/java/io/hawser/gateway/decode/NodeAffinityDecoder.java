package io.hawser.gateway.decode;

import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.NameRules;
import io.hawser.model.Scheduling;
import io.hawser.model.Scheduling.NodeAffinity;
import io.hawser.model.Scheduling.NodeOperator;
import io.hawser.model.Scheduling.NodeRequirement;
import io.hawser.model.Scheduling.NodeTerm;
import io.hawser.model.Scheduling.PreferredNodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads a {@code core/v1 NodeAffinity}. */
final class NodeAffinityDecoder {
  private static final Map<String, NodeOperator> OPERATORS =
      Map.of(
          "In", NodeOperator.IN,
          "NotIn", NodeOperator.NOT_IN,
          "Exists", NodeOperator.EXISTS,
          "DoesNotExist", NodeOperator.DOES_NOT_EXIST,
          "Gt", NodeOperator.GT,
          "Lt", NodeOperator.LT);
  private static final List<String> OPERATOR_NAMES =
      List.of("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn");

  private NodeAffinityDecoder() {}

  static NodeAffinity decode(Fields fields) {
    List<NodeTerm> required =
        fields
            .object(SchedulingDecoder.REQUIRED)
            .map(NodeAffinityDecoder::required)
            .orElse(List.of());
    List<PreferredNodes> preferred =
        fields.objects(SchedulingDecoder.PREFERRED, NodeAffinityDecoder::preferred);
    fields.end();
    return new NodeAffinity(required, preferred);
  }

  private static List<NodeTerm> required(Fields fields) {
    if (!fields.has("nodeSelectorTerms") || fields.isEmptyList("nodeSelectorTerms")) {
      fields
          .causes()
          .required(fields.path("nodeSelectorTerms"), "must have at least one node selector term");
    }
    List<NodeTerm> terms = fields.objects("nodeSelectorTerms", NodeAffinityDecoder::term);
    fields.end();
    return terms;
  }

  private static PreferredNodes preferred(Fields fields) {
    int weight = SchedulingDecoder.weight(fields);
    NodeTerm term =
        fields
            .requiredObject("preference", "expected which nodes are meant")
            .map(NodeAffinityDecoder::term)
            .orElse(new NodeTerm(List.of(), List.of()));
    fields.end();
    return new PreferredNodes(weight, term);
  }

  private static NodeTerm term(Fields fields) {
    List<NodeRequirement> expressions =
        new ArrayList<>(fields.objects("matchExpressions", NodeAffinityDecoder::expression));
    List<NodeRequirement> names = fields.objects("matchFields", NodeAffinityDecoder::field);
    fields.end();
    return new NodeTerm(expressions, names);
  }

  private static NodeRequirement expression(Fields fields) {
    NodeRequirement requirement = requirement(fields);
    if (!requirement.key().isEmpty()) {
      NameRules.checkKey(fields.causes(), fields.path("key"), requirement.key());
    }
    checkValues(fields, requirement);
    return requirement;
  }

  private static NodeRequirement field(Fields fields) {
    NodeRequirement requirement = requirement(fields);
    if (!requirement.key().isEmpty() && !requirement.key().equals(Scheduling.NODE_NAME)) {
      fields
          .causes()
          .notSupported(fields.path("key"), requirement.key(), List.of(Scheduling.NODE_NAME));
    }
    boolean named =
        requirement.operator() == NodeOperator.IN || requirement.operator() == NodeOperator.NOT_IN;
    if (!named) {
      fields
          .causes()
          .notSupported(
              fields.path("operator"), requirement.operator().name(), List.of("In", "NotIn"));
    } else if (requirement.values().size() != 1) {
      fields
          .causes()
          .required(
              fields.path("values"), "must be only one value when `operator` is 'In' or 'NotIn'");
    }
    return requirement;
  }

  private static NodeRequirement requirement(Fields fields) {
    String key = fields.requiredText("key", "expected a label's key");
    fields.requiredText("operator", "expected one of " + String.join(", ", OPERATOR_NAMES));
    NodeOperator operator =
        fields.oneOf("operator", OPERATOR_NAMES).map(OPERATORS::get).orElse(NodeOperator.EXISTS);
    List<String> values = fields.strings("values");
    fields.end();
    return new NodeRequirement(key, operator, values);
  }

  private static void checkValues(Fields fields, NodeRequirement requirement) {
    List<String> values = requirement.values();
    switch (requirement.operator()) {
      case IN, NOT_IN -> {
        if (values.isEmpty()) {
          fields
              .causes()
              .required(
                  fields.path("values"), "must be specified when `operator` is 'In' or 'NotIn'");
        }
      }
      case EXISTS, DOES_NOT_EXIST -> {
        if (!values.isEmpty()) {
          fields
              .causes()
              .forbidden(
                  fields.path("values"),
                  "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
      }
      case GT, LT -> {
        if (values.size() != 1 || !values.get(0).matches("-?[0-9]{1,18}")) {
          fields
              .causes()
              .required(
                  fields.path("values"),
                  "must be one whole number when `operator` is 'Lt' or 'Gt'");
        }
      }
    }
  }
}
