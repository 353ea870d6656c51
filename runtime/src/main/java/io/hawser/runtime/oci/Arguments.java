package io.hawser.runtime.oci;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A command's options and operands in the manner of other OCI runtimes: {@code --name value},
 * {@code --name=value}, short names for some, and nothing is an option any more after the first
 * operand of a command that takes a program.
 */
final class Arguments {
  private static final Map<String, String> SHORT =
      Map.ofEntries(
          Map.entry("-b", "--bundle"),
          Map.entry("-f", "--force"),
          Map.entry("-a", "--all"),
          Map.entry("-d", "--detach"),
          Map.entry("-p", "--process"),
          Map.entry("-e", "--env"),
          Map.entry("-t", "--tty"),
          Map.entry("-u", "--user"),
          Map.entry("-q", "--quiet"),
          Map.entry("-r", "--resources"),
          Map.entry("-v", "--version"),
          Map.entry("-h", "--help"));

  private final Map<String, List<String>> options = new HashMap<>();
  private final List<String> operands = new ArrayList<>();

  private Arguments() {}

  /**
   * @param withValue the long names of options that take one
   * @param flags those that take none
   * @param untilOperand true: everything from the first operand on is an operand
   */
  static Arguments parse(
      List<String> words, List<String> withValue, List<String> flags, boolean untilOperand) {
    Arguments parsed = new Arguments();
    int i = 0;
    while (i < words.size()) {
      String word = words.get(i++);
      boolean operandsOnly = untilOperand && !parsed.operands.isEmpty();
      if (operandsOnly || !word.startsWith("-") || word.equals("-")) {
        parsed.operands.add(word);
        continue;
      }
      if (word.equals("--")) {
        parsed.operands.addAll(words.subList(i, words.size()));
        break;
      }
      int equals = word.indexOf('=');
      String given = equals < 0 ? word : word.substring(0, equals);
      String name = SHORT.getOrDefault(given, given);
      if (flags.contains(name)) {
        boolean on = equals < 0 || !word.substring(equals + 1).equals("false");
        if (on) {
          parsed.put(name, "true");
        }
      } else if (!withValue.contains(name)) {
        throw new OciFault("unknown option " + given);
      } else if (equals >= 0) {
        parsed.put(name, word.substring(equals + 1));
      } else if (i < words.size()) {
        parsed.put(name, words.get(i++));
      } else {
        throw new OciFault("option " + given + " needs a value");
      }
    }
    return parsed;
  }

  private void put(String name, String value) {
    options.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
  }

  boolean has(String name) {
    return options.containsKey(name);
  }

  Optional<String> value(String name) {
    List<String> all = values(name);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }

  List<String> values(String name) {
    return options.getOrDefault(name, List.of());
  }

  /**
   * @param what for the message when it is missing
   */
  String operand(int index, String what) {
    if (index >= operands.size()) {
      throw new OciFault(what + " is missing");
    }
    return operands.get(index);
  }

  Optional<String> optional(int index) {
    return index < operands.size() ? Optional.of(operands.get(index)) : Optional.empty();
  }

  List<String> rest(int from) {
    return operands.subList(Math.min(from, operands.size()), operands.size());
  }
}
