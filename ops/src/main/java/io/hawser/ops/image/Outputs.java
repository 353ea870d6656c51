package io.hawser.ops.image;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.image.ImageName;
import io.hawser.runtime.image.StoredImage;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Texts that several image commands print. */
final class Outputs {
  private static final long KIB = 1024;

  private Outputs() {}

  /** Only JSON can be asked for. */
  static void check(Function<String, RuntimeException> usage, String output) {
    if (output != null && !output.equals("json")) {
      throw usage.apply("-o: expected json, got " + output);
    }
  }

  /** {@code 1.5 MiB}. */
  static String size(long bytes) {
    if (bytes < KIB) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= KIB && unit < 3) {
      value /= KIB;
      unit++;
    }
    String format = value < 10 ? "%.1f %s" : "%.0f %s";
    return String.format(Locale.ROOT, format, value, List.of("KiB", "MiB", "GiB", "TiB").get(unit));
  }

  /** The short form of its name, or its digest when it has none. */
  /** Name and digest, as every command that makes, gets or names an image ends. */
  static String line(StoredImage image) {
    return name(image) + " " + image.target().digest();
  }

  static String name(StoredImage image) {
    return image.name().startsWith("sha256:")
        ? image.name()
        : ImageName.parse(image.name()).familiar();
  }

  static ObjectNode image(StoredImage image, List<String> names) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("id", image.id().toString());
    node.put("digest", image.target().digest().toString());
    names.forEach(n -> node.withArray("names").add(ImageName.parse(n).familiar()));
    return node;
  }
}
