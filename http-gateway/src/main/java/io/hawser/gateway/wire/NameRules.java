package io.hawser.gateway.wire;

import io.hawser.model.AnnotationProblem;
import io.hawser.model.NodeLossPolicy;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PlacementHints;
import io.hawser.model.RestartTuning;
import io.hawser.model.RolloutHints;
import io.hawser.model.StartAfter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The syntax of names, labels and annotations, as Kubernetes checks it (RFC 1123, RFC 1035). */
public final class NameRules {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern SUBDOMAIN =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  private static final Pattern QUALIFIED =
      Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
  private static final Pattern PORT_NAME = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern ENV_NAME = Pattern.compile("[-._a-zA-Z][-._a-zA-Z0-9]*");

  /** Most bytes of all annotations of one object, as in Kubernetes. */
  static final int MAX_ANNOTATION_BYTES = 256 * 1024;

  static final String LABEL_RULE =
      "must be a lowercase RFC 1123 label: at most 63 of a-z, 0-9 and '-', beginning and ending with"
          + " a letter or digit";
  static final String SUBDOMAIN_RULE =
      "must be a lowercase RFC 1123 subdomain: at most 253 of a-z, 0-9, '-' and '.', beginning and"
          + " ending with a letter or digit";

  private NameRules() {}

  public static boolean isLabel(String name) {
    return name.length() <= 63 && LABEL.matcher(name).matches();
  }

  public static boolean isSubdomain(String name) {
    return name.length() <= 253 && SUBDOMAIN.matcher(name).matches();
  }

  public static void checkLabel(Causes causes, String field, String name) {
    if (!isLabel(name)) {
      causes.invalid(field, name, LABEL_RULE);
    }
  }

  public static void checkSubdomain(Causes causes, String field, String name) {
    if (!isSubdomain(name)) {
      causes.invalid(field, name, SUBDOMAIN_RULE);
    }
  }

  public static void checkPortName(Causes causes, String field, String name) {
    boolean fits =
        name.length() <= 15
            && PORT_NAME.matcher(name).matches()
            && !name.contains("--")
            && name.chars().anyMatch(c -> c >= 'a' && c <= 'z');
    if (!fits) {
      causes.invalid(
          field, name, "must be at most 15 of a-z, 0-9 and '-', with at least one letter");
    }
  }

  public static void checkEnvName(Causes causes, String field, String name) {
    if (!ENV_NAME.matcher(name).matches()) {
      causes.invalid(
          field,
          name,
          "must consist of letters, digits, '_', '-' or '.', and not begin with a digit");
    }
  }

  public static void checkLabels(Causes causes, String field, Map<String, String> labels) {
    labels.forEach(
        (key, value) -> {
          checkKey(causes, field, key);
          checkLabelValue(causes, field + "." + key, value);
        });
  }

  public static void checkLabelValue(Causes causes, String field, String value) {
    if (!isLabelValue(value)) {
      causes.invalid(
          field,
          value,
          "must be empty or at most 63 letters, digits, '-', '_' or '.', beginning and ending with a"
              + " letter or digit");
    }
  }

  public static boolean isLabelValue(String value) {
    return value.isEmpty() || (value.length() <= 63 && QUALIFIED.matcher(value).matches());
  }

  public static void checkKey(Causes causes, String field, String key) {
    if (!isQualifiedName(key)) {
      causes.invalid(
          field,
          key,
          "must be a name of at most 63 letters, digits, '-', '_' or '.', with an optional DNS prefix"
              + " and '/', such as example.com/name");
    }
  }

  /** A label's or annotation's key: {@code name} or {@code example.com/name}. */
  public static boolean isQualifiedName(String key) {
    int slash = key.indexOf('/');
    String prefix = slash < 0 ? "x" : key.substring(0, slash);
    String name = key.substring(slash + 1);
    return isSubdomain(prefix) && name.length() <= 63 && QUALIFIED.matcher(name).matches();
  }

  public static void checkAnnotations(
      Causes causes, String field, Map<String, String> annotations) {
    long bytes = 0;
    for (Map.Entry<String, String> entry : annotations.entrySet()) {
      checkKey(causes, field, entry.getKey().toLowerCase(java.util.Locale.ROOT));
      bytes += entry.getKey().length() + entry.getValue().length();
    }
    List<AnnotationProblem> problems = new ArrayList<>(PlacementHints.problems(annotations));
    problems.addAll(NodeLossPolicy.problems(annotations));
    problems.addAll(RolloutHints.problems(annotations));
    problems.addAll(RestartTuning.problems(annotations));
    for (AnnotationProblem problem : problems) {
      causes.invalid(field + "[" + problem.annotation() + "]", problem.value(), problem.expected());
    }
    if (annotations.containsKey(ObjectMeta.MANAGED_FIELDS)) {
      causes.forbidden(
          field + "[" + ObjectMeta.MANAGED_FIELDS + "]", "the server's own; see managedFields");
    }
    if (!StartAfter.isValid(annotations)) {
      causes.invalid(
          field + "[" + StartAfter.ANNOTATION + "]",
          annotations.get(StartAfter.ANNOTATION),
          StartAfter.EXPECTED);
    }
    if (bytes > MAX_ANNOTATION_BYTES) {
      causes.invalid(
          field,
          bytes,
          "all annotations together must be at most " + MAX_ANNOTATION_BYTES + " bytes");
    }
  }
}
