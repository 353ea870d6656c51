package io.hawser.runtime.image.build;

import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.build.Instruction.Flag;
import io.hawser.runtime.image.build.Instruction.Heredoc;
import io.hawser.runtime.image.build.Instruction.Keyword;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a Dockerfile into instructions; every error names file and line. */
public final class DockerfileParser {
  /** Longest Dockerfile read, in characters. */
  public static final int MAX_LENGTH = 1 << 20;

  private static final Pattern DIRECTIVE =
      Pattern.compile("#\\s*([A-Za-z][A-Za-z0-9]*)\\s*=\\s*(.+?)\\s*");

  /** A word of its own, as {@code <<EOF} or {@code 3<<-"EOF"}. */
  private static final Pattern HEREDOC =
      Pattern.compile(
          "(?<!\\S)\\d*<<(-?)(?:\"([^\"\\s]+)\"|'([^'\\s]+)'|([A-Za-z0-9_.-]+))(?=[\\s;|&>)]|$)");

  private static final Pattern FLAG = Pattern.compile("--([a-z][a-z-]*)(?:=(\\S*))?(?:\\s+|$)");
  private static final Set<Keyword> WITH_HEREDOCS = Set.of(Keyword.RUN, Keyword.COPY, Keyword.ADD);

  private final String file;
  private final String[] lines;
  private char escape = '\\';
  private int at;

  private DockerfileParser(String file, String content) {
    this.file = file;
    this.lines = content.replace("\r\n", "\n").split("\n", -1);
  }

  /**
   * @param file shown in errors
   */
  public static List<Instruction> parse(String file, String content) {
    if (content.length() > MAX_LENGTH) {
      throw new ImageFault(
          ImageFault.Kind.TOO_LARGE, file + " has more than " + MAX_LENGTH + " characters");
    }
    String text = content.startsWith("\ufeff") ? content.substring(1) : content;
    return new DockerfileParser(file, text).parse();
  }

  private List<Instruction> parse() {
    directives();
    List<Instruction> instructions = new ArrayList<>();
    while (at < lines.length) {
      String line = lines[at].strip();
      if (line.isEmpty() || line.startsWith("#")) {
        at++;
      } else {
        instructions.add(instruction());
      }
    }
    if (instructions.isEmpty()) {
      throw DockerfileFault.at(file, 1, "no instruction; expected FROM");
    }
    return instructions;
  }

  /** Comments of the form {@code # name=value}, only before anything else. */
  private void directives() {
    while (at < lines.length) {
      Matcher directive = DIRECTIVE.matcher(lines[at].strip());
      if (!directive.matches()) {
        return;
      }
      String name = directive.group(1).toLowerCase(Locale.ROOT);
      if (name.equals("escape")) {
        String value = directive.group(2);
        if (!value.equals("\\") && !value.equals("`")) {
          throw DockerfileFault.at(
              file, at + 1, "the escape character is '" + value + "'; expected \\ or `");
        }
        escape = value.charAt(0);
      } else if (!name.equals("syntax") && !name.equals("check")) {
        return;
      }
      at++;
    }
  }

  private Instruction instruction() {
    int first = at + 1;
    String logical = logicalLine();
    Matcher words = Pattern.compile("(\\S+)\\s*(.*)", Pattern.DOTALL).matcher(logical);
    if (!words.matches()) {
      throw DockerfileFault.at(file, first, "an instruction is missing");
    }
    Keyword keyword = keyword(words.group(1), first);
    List<Flag> flags = new ArrayList<>();
    String rest = words.group(2).strip();
    Matcher flag = FLAG.matcher(rest);
    while (takesFlags(keyword) && flag.lookingAt()) {
      flags.add(new Flag(flag.group(1), flag.group(2) == null ? "" : flag.group(2)));
      rest = rest.substring(flag.end());
      flag = FLAG.matcher(rest);
    }
    List<Heredoc> heredocs =
        WITH_HEREDOCS.contains(keyword) && !rest.startsWith("[")
            ? heredocs(rest, first)
            : List.of();
    if (rest.isEmpty()) {
      throw DockerfileFault.at(file, first, keyword + " needs arguments");
    }
    return new Instruction(file, first, keyword, flags, rest, heredocs, escape);
  }

  private static boolean takesFlags(Keyword keyword) {
    return switch (keyword) {
      case FROM, RUN, COPY, ADD, HEALTHCHECK -> true;
      default -> false;
    };
  }

  private Keyword keyword(String word, int line) {
    try {
      return Keyword.valueOf(word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw DockerfileFault.at(
          file,
          line,
          word.equalsIgnoreCase("ONBUILD")
              ? "ONBUILD is not supported"
              : "unknown instruction '" + word + "'; expected one of " + known());
    }
  }

  private static String known() {
    return String.join(", ", Arrays.stream(Keyword.values()).map(Keyword::name).toList());
  }

  /** Joins continued lines; comments and empty lines between them are dropped. */
  private String logicalLine() {
    StringBuilder logical = new StringBuilder();
    boolean continued = true;
    while (continued && at < lines.length) {
      String line = lines[at++];
      String stripped = line.strip();
      if (logical.length() > 0 && (stripped.isEmpty() || stripped.startsWith("#"))) {
        continue;
      }
      String right = line.stripTrailing();
      continued = !right.isEmpty() && right.charAt(right.length() - 1) == escape;
      logical.append(continued ? right.substring(0, right.length() - 1) : line);
    }
    return logical.toString().strip();
  }

  private List<Heredoc> heredocs(String text, int line) {
    List<Heredoc> heredocs = new ArrayList<>();
    Matcher matcher = HEREDOC.matcher(text);
    while (matcher.find()) {
      if (quotedAt(text, matcher.start())) {
        continue;
      }
      boolean stripTabs = !matcher.group(1).isEmpty();
      boolean expand = matcher.group(4) != null;
      String delimiter =
          expand
              ? matcher.group(4)
              : matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
      heredocs.add(
          new Heredoc(matcher.group(), delimiter, expand, body(delimiter, stripTabs, line)));
    }
    return heredocs;
  }

  private static boolean quotedAt(String text, int position) {
    char quote = 0;
    for (int i = 0; i < position; i++) {
      char c = text.charAt(i);
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      } else if (c == '\\') {
        i++;
      }
    }
    return quote != 0;
  }

  private String body(String delimiter, boolean stripTabs, int line) {
    StringBuilder body = new StringBuilder();
    while (at < lines.length) {
      String text = stripTabs ? lines[at].replaceFirst("^\t+", "") : lines[at];
      at++;
      if (text.equals(delimiter)) {
        return body.toString();
      }
      body.append(text).append('\n');
    }
    throw DockerfileFault.at(file, line, "the here-document '" + delimiter + "' has no end");
  }
}
