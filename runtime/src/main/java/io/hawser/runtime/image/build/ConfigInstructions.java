package io.hawser.runtime.image.build;

import io.hawser.runtime.image.oci.RunConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The instructions that change only an image's config. */
final class ConfigInstructions {
  private static final Pattern PORT =
      Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?(?:/(tcp|udp|sctp))?");
  private static final Pattern DURATION_PART =
      Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns",
          1L,
          "us",
          1_000L,
          "µs",
          1_000L,
          "ms",
          1_000_000L,
          "s",
          1_000_000_000L,
          "m",
          60_000_000_000L,
          "h",
          3_600_000_000_000L);

  private final StageImage image;

  ConfigInstructions(StageImage image) {
    this.image = image;
  }

  void apply(Instruction instruction) {
    switch (instruction.keyword()) {
      case ENV -> image.env.putAll(pairs(instruction));
      case LABEL -> image.labels.putAll(pairs(instruction));
      case USER -> image.user = single(instruction);
      case STOPSIGNAL -> image.stopSignal = signal(instruction);
      case EXPOSE -> words(instruction).forEach(word -> expose(instruction, word));
      case VOLUME -> volume(instruction);
      case CMD -> {
        image.cmd = command(instruction);
        image.cmdIsOwn = true;
      }
      case ENTRYPOINT -> {
        image.entrypoint = command(instruction);
        // A base image's arguments are not for another program.
        image.cmd = image.cmdIsOwn ? image.cmd : List.of();
      }
      case SHELL ->
          image.shell =
              instruction
                  .json()
                  .filter(words -> !words.isEmpty())
                  .orElseThrow(
                      () -> instruction.fault("SHELL needs a JSON array, [\"/bin/sh\", \"-c\"]"));
      case HEALTHCHECK -> image.healthcheck = healthcheck(instruction);
      case MAINTAINER -> image.author = instruction.text();
      default -> throw new IllegalArgumentException(instruction.keyword().name());
    }
    image.remember(instruction.shown(), false);
  }

  /** Words with variables expanded. */
  List<String> words(Instruction instruction) {
    return ShellWords.split(instruction, instruction.text()).stream()
        .map(word -> expand(instruction, word))
        .toList();
  }

  String expand(Instruction instruction, String word) {
    return ShellWords.expand(instruction, word, image::variable);
  }

  String single(Instruction instruction) {
    List<String> words = words(instruction);
    if (words.size() != 1 || words.get(0).isEmpty()) {
      throw instruction.fault(instruction.keyword() + " needs one argument");
    }
    return words.get(0);
  }

  /** {@code name=value …}, or the old form {@code name value}. */
  private Map<String, String> pairs(Instruction instruction) {
    List<String> words = ShellWords.split(instruction, instruction.text());
    Map<String, String> pairs = new LinkedHashMap<>();
    if (words.get(0).indexOf('=') < 0) {
      String name = words.get(0);
      String rest = instruction.text().substring(name.length()).strip();
      if (rest.isEmpty()) {
        throw instruction.fault(instruction.keyword() + " needs name=value, not '" + name + "'");
      }
      pairs.put(expand(instruction, name), expand(instruction, rest));
      return pairs;
    }
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals <= 0) {
        throw instruction.fault(instruction.keyword() + " needs name=value, not '" + word + "'");
      }
      pairs.put(
          expand(instruction, word.substring(0, equals)),
          expand(instruction, word.substring(equals + 1)));
    }
    return pairs;
  }

  private List<String> command(Instruction instruction) {
    return instruction
        .json()
        .orElseGet(
            () -> {
              List<String> words = new ArrayList<>(image.shellOrDefault());
              words.add(instruction.text());
              return words;
            });
  }

  private String signal(Instruction instruction) {
    String signal = single(instruction);
    if (!signal.matches("(SIG)?[A-Z0-9+-]+|\\d{1,2}")) {
      throw instruction.fault("'" + signal + "' is no signal; expected SIGTERM or a number");
    }
    return signal;
  }

  private void expose(Instruction instruction, String word) {
    Matcher port = PORT.matcher(word);
    if (!port.matches()) {
      throw instruction.fault("'" + word + "' is no port; expected such as 80, 80/udp, 80-90");
    }
    int first = Integer.parseInt(port.group(1));
    int last = port.group(2) == null ? first : Integer.parseInt(port.group(2));
    if (first < 1 || last > 65535 || last < first) {
      throw instruction.fault("'" + word + "' is not within 1 to 65535");
    }
    String protocol = port.group(3) == null ? "tcp" : port.group(3);
    for (int number = first; number <= last; number++) {
      image.exposedPorts.put(number + "/" + protocol, Map.of());
    }
  }

  private void volume(Instruction instruction) {
    List<String> volumes = instruction.json().orElseGet(() -> words(instruction));
    for (String volume : volumes) {
      if (volume.isBlank()) {
        throw instruction.fault("VOLUME has an empty path");
      }
      image.volumes.put(volume, Map.of());
    }
  }

  private RunConfig.Healthcheck healthcheck(Instruction instruction) {
    instruction.allowFlags(
        List.of("interval", "timeout", "start-period", "start-interval", "retries"));
    String[] parts = instruction.text().split("\\s+", 2);
    if (parts[0].equalsIgnoreCase("NONE") && parts.length == 1) {
      return new RunConfig.Healthcheck(List.of("NONE"), 0, 0, 0, 0, 0);
    }
    if (!parts[0].equalsIgnoreCase("CMD") || parts.length == 1) {
      throw instruction.fault("HEALTHCHECK needs NONE or CMD with a command");
    }
    Instruction command =
        new Instruction(
            instruction.file(),
            instruction.line(),
            instruction.keyword(),
            List.of(),
            parts[1],
            List.of(),
            instruction.escape());
    List<String> test = new ArrayList<>();
    Optional<List<String>> json = command.json();
    test.add(json.isPresent() ? "CMD" : "CMD-SHELL");
    test.addAll(json.orElse(List.of(parts[1])));
    return new RunConfig.Healthcheck(
        test,
        nanos(instruction, "interval"),
        nanos(instruction, "timeout"),
        nanos(instruction, "start-period"),
        nanos(instruction, "start-interval"),
        retries(instruction));
  }

  private static int retries(Instruction instruction) {
    String text = instruction.flag("retries").orElse("0");
    if (!text.matches("\\d{1,6}")) {
      throw instruction.fault("--retries='" + text + "' is no number");
    }
    return Integer.parseInt(text);
  }

  private static long nanos(Instruction instruction, String flag) {
    Optional<String> text = instruction.flag(flag);
    if (text.isEmpty()) {
      return 0;
    }
    Matcher part = DURATION_PART.matcher(text.get());
    double nanos = 0;
    int end = 0;
    while (part.find() && part.start() == end) {
      nanos += Double.parseDouble(part.group(1)) * NANOS.get(part.group(2));
      end = part.end();
    }
    if (end == 0 || end != text.get().length()) {
      throw instruction.fault(
          "--" + flag + "='" + text.get() + "' is no duration; expected such as 30s or 1m30s");
    }
    return Duration.ofNanos((long) nanos).toNanos();
  }
}
