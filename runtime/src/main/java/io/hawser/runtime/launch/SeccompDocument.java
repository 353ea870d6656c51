package io.hawser.runtime.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hawser.runtime.kernel.Errno;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A system call filter as JSON describes it: {@code linux.seccomp} of the OCI runtime specification
 * (config-linux.md#seccomp), and Docker's profiles, which add conditions and a map of
 * architectures.
 *
 * @param architectures {@code SCMP_ARCH_…}; empty: the machine's own with its 32-bit side
 * @param flags {@code SECCOMP_FILTER_FLAG_…}
 */
record SeccompDocument(
    Action defaultAction, Set<String> architectures, List<String> flags, List<Rule> rules) {

  /**
   * What the kernel does with a call.
   *
   * @param value what the filter returns: {@code SECCOMP_RET_…} with its data
   */
  record Action(int value) {}

  /**
   * @param conditions all must hold
   */
  record Rule(List<String> names, Action action, List<Condition> conditions, When when) {}

  /**
   * A comparison of a 64-bit argument, unsigned.
   *
   * @param operator {@code SCMP_CMP_…}
   * @param second the value after masking, of SCMP_CMP_MASKED_EQ
   */
  record Condition(int argument, String operator, long value, long second) {}

  /**
   * When a rule counts; empty fields ask for nothing.
   *
   * @param minKernel {@code major.minor}
   */
  record When(
      List<String> capabilities,
      List<String> arches,
      Optional<String> minKernel,
      List<String> notCapabilities,
      List<String> notArches) {}

  private static final Set<String> OPERATORS =
      Set.of(
          "SCMP_CMP_NE",
          "SCMP_CMP_LT",
          "SCMP_CMP_LE",
          "SCMP_CMP_EQ",
          "SCMP_CMP_GE",
          "SCMP_CMP_GT",
          "SCMP_CMP_MASKED_EQ");

  private static final int LAST_ARGUMENT = 5;
  private static final int LARGEST_DATA = 0xffff;

  /** JSON numbers up to 2^64-1 come as they are. */
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * @throws IllegalArgumentException naming the field that is wrong
   */
  static SeccompDocument parse(String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("seccomp profile: not JSON: " + e.getOriginalMessage());
    }
    if (root == null || !root.isObject()) {
      throw new IllegalArgumentException("seccomp profile: expected a JSON object");
    }
    Set<String> architectures = new LinkedHashSet<>(strings(root, "architectures"));
    for (JsonNode map : root.path("archMap")) {
      architectures.add(map.path("architecture").asText());
      architectures.addAll(strings(map, "subArchitectures"));
    }
    if (!root.path("listenerPath").asText().isEmpty()) {
      throw new IllegalArgumentException("seccomp profile: listenerPath is not supported");
    }
    List<Rule> rules = new ArrayList<>();
    int number = 0;
    for (JsonNode rule : root.path("syscalls")) {
      rules.add(rule(rule, "syscalls[" + number++ + "]"));
    }
    return new SeccompDocument(
        action(root, "defaultAction", "defaultErrnoRet", ""),
        architectures,
        strings(root, "flags"),
        rules);
  }

  private static Rule rule(JsonNode node, String at) {
    List<String> names = new ArrayList<>(strings(node, "names"));
    if (node.hasNonNull("name")) { // profiles of Docker before 17.06
      names.add(node.get("name").asText());
    }
    List<Condition> conditions = new ArrayList<>();
    for (JsonNode argument : node.path("args")) {
      conditions.add(condition(argument, at + ".args[" + conditions.size() + "]"));
    }
    JsonNode includes = node.path("includes");
    JsonNode excludes = node.path("excludes");
    When when =
        new When(
            strings(includes, "caps"),
            strings(includes, "arches"),
            Optional.ofNullable(includes.get("minKernel")).map(JsonNode::asText),
            strings(excludes, "caps"),
            strings(excludes, "arches"));
    return new Rule(names, action(node, "action", "errnoRet", at + "."), conditions, when);
  }

  private static Condition condition(JsonNode node, String at) {
    int index = node.path("index").asInt(-1);
    String operator = node.path("op").asText();
    if (index < 0 || index > LAST_ARGUMENT) {
      throw new IllegalArgumentException("seccomp profile: " + at + ".index: expected 0 to 5");
    }
    if (!OPERATORS.contains(operator)) {
      throw new IllegalArgumentException(
          "seccomp profile: " + at + ".op: unknown operator \"" + operator + "\"");
    }
    return new Condition(
        index,
        operator,
        node.path("value").bigIntegerValue().longValue(),
        node.path("valueTwo").bigIntegerValue().longValue());
  }

  private static Action action(JsonNode node, String field, String dataField, String at) {
    String name = node.path(field).asText();
    int data = node.path(dataField).asInt(Errno.EPERM.number()) & LARGEST_DATA;
    return switch (name) {
      case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> new Action(0);
      case "SCMP_ACT_KILL_PROCESS" -> new Action(0x80000000);
      case "SCMP_ACT_TRAP" -> new Action(0x00030000);
      case "SCMP_ACT_ERRNO" -> new Action(0x00050000 | data);
      case "SCMP_ACT_TRACE" -> new Action(0x7ff00000 | data);
      case "SCMP_ACT_LOG" -> new Action(0x7ffc0000);
      case "SCMP_ACT_ALLOW" -> new Action(0x7fff0000);
      case "SCMP_ACT_NOTIFY" ->
          throw new IllegalArgumentException(
              "seccomp profile: " + at + field + ": SCMP_ACT_NOTIFY is not supported");
      default ->
          throw new IllegalArgumentException(
              "seccomp profile: " + at + field + ": unknown action \"" + name + "\"");
    };
  }

  private static List<String> strings(JsonNode node, String field) {
    List<String> values = new ArrayList<>();
    node.path(field).forEach(value -> values.add(value.asText()));
    return values;
  }
}
