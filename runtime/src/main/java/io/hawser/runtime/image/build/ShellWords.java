package io.hawser.runtime.image.build;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Splits and expands as Dockerfiles do: quotes, the escape character, {@code $name} and {@code
 * ${name}} with {@code :-}, {@code :+}, {@code :?} and their forms without colon.
 */
final class ShellWords {
  private static final int MAX_DEPTH = 20;

  private final Instruction instruction;
  private final String text;
  private final char escape;
  private final Function<String, String> variables;
  private final int depth;
  private int at;

  private ShellWords(
      Instruction instruction, String text, Function<String, String> variables, int depth) {
    this.instruction = instruction;
    this.text = text;
    this.escape = instruction.escape();
    this.variables = variables;
    this.depth = depth;
    if (depth > MAX_DEPTH) {
      throw instruction.fault("variables are nested more than " + MAX_DEPTH + " deep");
    }
  }

  /** Splits at white space outside of quotes; quotes and escapes stay. */
  static List<String> split(Instruction instruction, String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == instruction.escape() && quote != '\'' && i + 1 < text.length()) {
        word.append(c).append(text.charAt(++i));
      } else if (quote == 0 && Character.isWhitespace(c)) {
        if (word.length() > 0) {
          words.add(word.toString());
          word.setLength(0);
        }
      } else {
        if (quote == 0 && (c == '"' || c == '\'')) {
          quote = c;
        } else if (c == quote) {
          quote = 0;
        }
        word.append(c);
      }
    }
    if (quote != 0) {
      throw instruction.fault("a quote " + quote + " is not closed");
    }
    if (word.length() > 0) {
      words.add(word.toString());
    }
    return words;
  }

  /**
   * Expands one word: variables, then without its quotes and escapes.
   *
   * @param variables null for a variable that is not set
   */
  static String expand(Instruction instruction, String word, Function<String, String> variables) {
    return new ShellWords(instruction, word, variables, 0).expand();
  }

  /** Expands variables in a here-document, where quotes mean nothing. */
  static String expandText(
      Instruction instruction, String text, Function<String, String> variables) {
    ShellWords words = new ShellWords(instruction, text, variables, 0);
    StringBuilder out = new StringBuilder();
    while (words.at < text.length()) {
      char c = text.charAt(words.at);
      boolean escaped =
          c == '\\'
              && words.at + 1 < text.length()
              && "$\\".indexOf(text.charAt(words.at + 1)) >= 0;
      if (escaped) {
        out.append(text.charAt(words.at + 1));
        words.at += 2;
      } else if (c == '$') {
        out.append(words.variable());
      } else {
        out.append(c);
        words.at++;
      }
    }
    return out.toString();
  }

  private String expand() {
    StringBuilder out = new StringBuilder();
    boolean doubleQuoted = false;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\'' && !doubleQuoted) {
        int end = text.indexOf('\'', at + 1);
        if (end < 0) {
          throw instruction.fault("a quote ' is not closed");
        }
        out.append(text, at + 1, end);
        at = end + 1;
      } else if (c == '"') {
        doubleQuoted = !doubleQuoted;
        at++;
      } else if (c == escape && at + 1 < text.length()) {
        char next = text.charAt(at + 1);
        // Inside double quotes a backslash quotes only what would mean something.
        if (doubleQuoted && next != '"' && next != '$' && next != escape) {
          out.append(c);
        }
        out.append(next);
        at += 2;
      } else if (c == '$') {
        out.append(variable());
      } else {
        out.append(c);
        at++;
      }
    }
    if (doubleQuoted) {
      throw instruction.fault("a quote \" is not closed");
    }
    return out.toString();
  }

  private String variable() {
    at++;
    if (at < text.length() && text.charAt(at) == '{') {
      return braced();
    }
    int start = at;
    while (at < text.length() && isNameCharacter(text.charAt(at), at == start)) {
      at++;
    }
    if (at == start) {
      return "$";
    }
    String value = variables.apply(text.substring(start, at));
    return value == null ? "" : value;
  }

  private static boolean isNameCharacter(char c, boolean first) {
    return c == '_'
        || c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || !first && c >= '0' && c <= '9';
  }

  private String braced() {
    int end = closingBrace();
    String body = text.substring(at + 1, end);
    at = end + 1;
    int nameEnd = 0;
    while (nameEnd < body.length() && isNameCharacter(body.charAt(nameEnd), nameEnd == 0)) {
      nameEnd++;
    }
    String name = body.substring(0, nameEnd);
    String operator = body.substring(nameEnd);
    if (name.isEmpty()) {
      throw instruction.fault("'${" + body + "}' has no variable's name");
    }
    String value = variables.apply(name);
    if (operator.isEmpty()) {
      return value == null ? "" : value;
    }
    boolean colon = operator.startsWith(":");
    String rest = colon ? operator.substring(1) : operator;
    boolean set = value != null && !(colon && value.isEmpty());
    String word = rest.isEmpty() ? "" : rest.substring(1);
    return switch (rest.isEmpty() ? ' ' : rest.charAt(0)) {
      case '-' -> set ? value : nested(word);
      case '+' -> set ? nested(word) : "";
      case '?' -> {
        if (!set) {
          throw instruction.fault(name + ": " + (word.isEmpty() ? "is not set" : nested(word)));
        }
        yield value;
      }
      default ->
          throw instruction.fault(
              "'${" + body + "}' is not supported; expected one of :- :+ :? after the name");
    };
  }

  private String nested(String word) {
    return new ShellWords(instruction, word, variables, depth + 1).expand();
  }

  private int closingBrace() {
    int open = 0;
    for (int i = at; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == escape) {
        i++;
      } else if (c == '{') {
        open++;
      } else if (c == '}' && --open == 0) {
        return i;
      }
    }
    throw instruction.fault("'" + text.substring(at - 1) + "' has no closing brace");
  }
}
