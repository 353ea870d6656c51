package io.hawser.runtime.image.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One FROM with what follows.
 *
 * @param base the image's name or an earlier stage's, before variables are expanded
 * @param name lower-case, after AS
 */
record Stage(
    int index, Instruction from, String base, Optional<String> name, List<Instruction> steps) {
  private static final Pattern FROM = Pattern.compile("(\\S+)(?:\\s+(?i:AS)\\s+(\\S+))?");
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9._-]*");

  /** The ARGs before the first FROM, and the stages. */
  record Split(List<Instruction> globalArgs, List<Stage> stages) {}

  static Split split(List<Instruction> instructions) {
    List<Instruction> globalArgs = new ArrayList<>();
    List<Stage> stages = new ArrayList<>();
    for (Instruction instruction : instructions) {
      if (instruction.keyword() == Instruction.Keyword.FROM) {
        stages.add(stage(stages.size(), instruction));
      } else if (!stages.isEmpty()) {
        stages.get(stages.size() - 1).steps().add(instruction);
      } else if (instruction.keyword() == Instruction.Keyword.ARG) {
        globalArgs.add(instruction);
      } else {
        throw instruction.fault("the first instruction must be FROM (only ARG may stand before)");
      }
    }
    if (stages.isEmpty()) {
      throw globalArgs.get(0).fault("there is no FROM");
    }
    return new Split(globalArgs, stages);
  }

  private static Stage stage(int index, Instruction from) {
    from.allowFlags(List.of("platform"));
    Matcher parts = FROM.matcher(from.text());
    if (!parts.matches()) {
      throw from.fault("FROM needs an image, or an image AS a name");
    }
    Optional<String> name =
        Optional.ofNullable(parts.group(2)).map(n -> n.toLowerCase(Locale.ROOT));
    if (name.isPresent() && !NAME.matcher(name.get()).matches()) {
      throw from.fault("'" + parts.group(2) + "' is no stage's name");
    }
    return new Stage(index, from, parts.group(1), name, new ArrayList<>());
  }

  /** Whether COPY's {@code --from} or a target means this stage. */
  boolean isCalled(String text) {
    return name.filter(text.toLowerCase(Locale.ROOT)::equals).isPresent()
        || text.equals(Integer.toString(index));
  }
}
