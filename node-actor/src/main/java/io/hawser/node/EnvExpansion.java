package io.hawser.node;

import java.util.Map;

/**
 * {@code $(NAME)} references in env values, command and args, as Kubernetes expands them: a name
 * that is not defined stays as written, {@code $$} stands for one dollar sign.
 */
final class EnvExpansion {
  private EnvExpansion() {}

  static String expand(String text, Map<String, String> env) {
    StringBuilder out = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != '$' || at + 1 == text.length()) {
        out.append(c);
        at++;
      } else {
        at = expandAt(text, at, env, out);
      }
    }
    return out.toString();
  }

  /**
   * Handles the dollar sign at {@code at}, which is not the last character; returns what's next.
   */
  private static int expandAt(String text, int at, Map<String, String> env, StringBuilder out) {
    char next = text.charAt(at + 1);
    if (next == '$') {
      out.append('$');
      return at + 2;
    }
    int end = next == '(' ? text.indexOf(')', at + 2) : -1;
    if (end < 0) {
      out.append('$').append(next);
      return at + 2;
    }
    String value = env.get(text.substring(at + 2, end));
    out.append(value != null ? value : text.substring(at, end + 1));
    return end + 1;
  }
}
