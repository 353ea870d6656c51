package io.hawser.gateway.kind;

import io.hawser.gateway.wire.NameRules;
import io.hawser.gateway.wire.StatusError;
import io.hawser.model.LabelSelector;
import io.hawser.model.LabelSelector.Operator;
import io.hawser.model.LabelSelector.Requirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which objects of a kind a list or a watch is about.
 *
 * @param namespace empty: all of them
 */
public record Selection(Optional<String> namespace, LabelSelector labels, List<FieldTerm> fields) {

  /** One condition on a field. */
  public record FieldTerm(String field, boolean equal, String value) {}

  private static final Pattern FIELD_TERM = Pattern.compile("([^=!,]+)(==|!=|=)([^,]*)");
  private static final Pattern SET = Pattern.compile("(\\S+)\\s+(in|notin)\\s*\\(([^()]*)\\)");
  private static final Pattern EQUALITY = Pattern.compile("([^\\s=!]+)\\s*(==|!=|=)\\s*(\\S*)");

  public <T> boolean matches(Resource<T> resource, T object) {
    if (namespace.isPresent() && !namespace.get().equals(resource.namespace(object))) {
      return false;
    }
    if (!labels.isEmpty() && !labels.matches(resource.labels(object))) {
      return false;
    }
    if (fields.isEmpty()) {
      return true;
    }
    Map<String, String> values = resource.fields(object);
    return fields.stream()
        .allMatch(term -> term.equal() == term.value().equals(values.get(term.field())));
  }

  /**
   * Reads {@code labelSelector}, such as {@code app=web,tier in (a,b),!old}.
   *
   * @throws StatusError 400 naming the part that is wrong
   */
  public static LabelSelector parseLabels(String text) {
    List<Requirement> requirements = new ArrayList<>();
    for (String part : splitOutsideBrackets(text)) {
      if (!part.isBlank()) {
        requirements.add(requirement(part.strip()));
      }
    }
    return new LabelSelector(Map.of(), requirements);
  }

  private static Requirement requirement(String part) {
    Matcher set = SET.matcher(part);
    Matcher equality = EQUALITY.matcher(part);
    Requirement made;
    if (set.matches()) {
      List<String> values = List.of(set.group(3).split(",")).stream().map(String::strip).toList();
      Operator operator = set.group(2).equals("in") ? Operator.IN : Operator.NOT_IN;
      made = new Requirement(set.group(1), operator, values);
    } else if (equality.matches()) {
      Operator operator = equality.group(2).equals("!=") ? Operator.NOT_IN : Operator.IN;
      made = new Requirement(equality.group(1), operator, List.of(equality.group(3)));
    } else if (part.startsWith("!")) {
      made = new Requirement(part.substring(1).strip(), Operator.DOES_NOT_EXIST, List.of());
    } else {
      made = new Requirement(part, Operator.EXISTS, List.of());
    }
    if (!NameRules.isQualifiedName(made.key())
        || !made.values().stream().allMatch(NameRules::isLabelValue)) {
      throw StatusError.badRequest(
          "labelSelector: can't read \""
              + part
              + "\"; expected terms such as app=web, app!=web, app in (a,b), app, !app");
    }
    return made;
  }

  private static List<String> splitOutsideBrackets(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ',' && depth == 0) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }

  /**
   * Reads {@code fieldSelector}, such as {@code spec.nodeName=n1,status.phase!=Failed}.
   *
   * @param known the fields of the kind that can be selected by
   * @throws StatusError 400 naming the part that is wrong
   */
  public static List<FieldTerm> parseFields(String text, Set<String> known) {
    List<FieldTerm> terms = new ArrayList<>();
    for (String part : text.split(",")) {
      if (part.isBlank()) {
        continue;
      }
      Matcher match = FIELD_TERM.matcher(part.strip());
      if (!match.matches()) {
        throw StatusError.badRequest(
            "fieldSelector: can't read \"" + part + "\"; expected field=value or field!=value");
      }
      String field = match.group(1).strip();
      if (!known.contains(field)) {
        throw StatusError.badRequest(
            "fieldSelector: \""
                + field
                + "\" is not a known field selector: only "
                + String.join(", ", known.stream().sorted().toList()));
      }
      terms.add(new FieldTerm(field, !match.group(2).equals("!="), match.group(3).strip()));
    }
    return terms;
  }
}
