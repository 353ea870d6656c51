package io.hawser.runtime.image.build;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.oci.OciJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One instruction of a Dockerfile, not yet interpreted.
 *
 * @param file for errors
 * @param line where it begins, from 1
 * @param flags {@code --name=value} before the arguments, in order
 * @param text the arguments, continued lines joined
 * @param heredocs the here-documents that the text announces, in order
 * @param escape the character that continues lines and quotes
 */
public record Instruction(
    String file,
    int line,
    Keyword keyword,
    List<Flag> flags,
    String text,
    List<Heredoc> heredocs,
    char escape) {

  /** What a Dockerfile can say; source: Docker's Dockerfile reference. */
  public enum Keyword {
    FROM,
    RUN,
    CMD,
    LABEL,
    MAINTAINER,
    EXPOSE,
    ENV,
    ADD,
    COPY,
    ENTRYPOINT,
    VOLUME,
    USER,
    WORKDIR,
    ARG,
    STOPSIGNAL,
    HEALTHCHECK,
    SHELL
  }

  /**
   * @param value empty for a flag without one
   */
  public record Flag(String name, String value) {}

  /**
   * @param marker as announced, with {@code <<}, quotes and all
   * @param expand false when the delimiter was quoted
   */
  public record Heredoc(String marker, String delimiter, boolean expand, String content) {}

  /** The value of a flag that may be given once. */
  Optional<String> flag(String name) {
    List<String> values =
        flags.stream().filter(f -> f.name().equals(name)).map(Flag::value).toList();
    if (values.size() > 1) {
      throw fault("--" + name + " is given twice");
    }
    return values.stream().findFirst();
  }

  /** Refuses flags other than these. */
  void allowFlags(List<String> known) {
    for (Flag flag : flags) {
      if (!known.contains(flag.name())) {
        throw fault(
            keyword
                + " does not support --"
                + flag.name()
                + (known.isEmpty() ? "" : "; it knows --" + String.join(", --", known)));
      }
    }
  }

  /** The arguments when they are a JSON array of strings. */
  Optional<List<String>> json() {
    if (!text.startsWith("[")) {
      return Optional.empty();
    }
    try {
      JsonNode tree = OciJson.tree(text.getBytes(StandardCharsets.UTF_8), keyword.name());
      List<String> words = new ArrayList<>();
      for (JsonNode word : tree) {
        if (!word.isTextual()) {
          return Optional.empty();
        }
        words.add(word.asText());
      }
      return Optional.of(words);
    } catch (ImageFault e) {
      // Docker takes it for the shell form as well.
      return Optional.empty();
    }
  }

  ImageFault fault(String message) {
    return DockerfileFault.at(file, line, message);
  }

  /** For the image's history. */
  String shown() {
    StringBuilder shown = new StringBuilder(keyword.name());
    for (Flag flag : flags) {
      shown.append(" --").append(flag.name());
      shown.append(flag.value().isEmpty() ? "" : "=" + flag.value());
    }
    return shown.append(' ').append(text).toString();
  }
}
