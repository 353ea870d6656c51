package io.hawser.ops.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Reads manifests: YAML of several documents, or JSON, from files, directories or standard input.
 * Bounded in size, depth and in what aliases may expand to, so that no file can hang the command.
 */
public final class Manifests {
  /** Largest file, in bytes. */
  public static final int MAX_BYTES = 1024 * 1024;

  /** Most values in one document once its aliases are expanded. */
  public static final int MAX_VALUES = 100_000;

  private static final int MAX_DEPTH = 50;
  private static final int MAX_ALIASES = 50;

  private Manifests() {}

  /**
   * Everything in these files, in order; lists ({@code kind: List}) are taken apart.
   *
   * @param sources files, directories (their *.yaml, *.yml and *.json, by name) or {@code -}
   */
  public static List<JsonNode> read(List<String> sources, InputStream stdin) {
    List<JsonNode> all = new ArrayList<>();
    for (String source : sources) {
      if (source.equals("-")) {
        all.addAll(parse("standard input", bytes("standard input", stdin)));
        continue;
      }
      for (Path file : files(Path.of(source))) {
        try (InputStream in = Files.newInputStream(file)) {
          all.addAll(parse(file.toString(), bytes(file.toString(), in)));
        } catch (IOException e) {
          throw unreadable(file, e);
        }
      }
    }
    if (all.isEmpty()) {
      throw new CommandFailure("no manifest found in " + String.join(", ", sources));
    }
    return all;
  }

  private static List<Path> files(Path source) {
    if (!Files.isDirectory(source)) {
      return List.of(source);
    }
    try (Stream<Path> entries = Files.list(source)) {
      return entries
          .filter(f -> f.toString().matches(".*\\.(yaml|yml|json)"))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw unreadable(source, e);
    }
  }

  private static CommandFailure unreadable(Path file, IOException e) {
    return new CommandFailure(file + " can't be read: " + ApiStatus.oneLine(e), e);
  }

  private static byte[] bytes(String name, InputStream in) {
    try {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new CommandFailure(name + " is larger than " + MAX_BYTES + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new CommandFailure(name + " can't be read: " + ApiStatus.oneLine(e), e);
    }
  }

  /**
   * @param name of the source, for messages
   * @throws CommandFailure with the line and column of what is not YAML
   */
  static List<JsonNode> parse(String name, byte[] content) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw new CommandFailure(name + " is not valid UTF-8", e);
    }
    List<JsonNode> objects = new ArrayList<>();
    try {
      for (Object document : yaml().loadAll(text)) {
        if (document != null) {
          addObjects(name, new Unfolding(name).toJson(document, 0), objects);
        }
      }
    } catch (MarkedYAMLException e) {
      String where =
          e.getProblemMark() == null
              ? ""
              : " at line "
                  + (e.getProblemMark().getLine() + 1)
                  + ", column "
                  + (e.getProblemMark().getColumn() + 1);
      throw new CommandFailure(name + where + ": " + ApiStatus.singleLine(e.getProblem()), e);
    } catch (YAMLException e) {
      throw new CommandFailure(name + ": " + ApiStatus.oneLine(e), e);
    }
    return objects;
  }

  private static void addObjects(String name, JsonNode document, List<JsonNode> objects) {
    if (!document.isObject()) {
      throw new CommandFailure(name + " holds a document that is not an object");
    }
    if (document.path("kind").asText().endsWith("List") && document.path("items").isArray()) {
      document.path("items").forEach(objects::add);
    } else {
      objects.add(document);
    }
  }

  private static Yaml yaml() {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setMaxAliasesForCollections(MAX_ALIASES);
    options.setNestingDepthLimit(MAX_DEPTH);
    options.setCodePointLimit(MAX_BYTES);
    DumperOptions dump = new DumperOptions();
    return new Yaml(
        new SafeConstructor(options), new Representer(dump), dump, options, new JsonLikeResolver());
  }

  /**
   * JSON has no dates and no numbers of base 60 ({@code 22:22}): what looks like one stays the text
   * it is, as for kubectl.
   */
  private static final class JsonLikeResolver extends Resolver {
    @Override
    public void addImplicitResolver(
        Tag tag, java.util.regex.Pattern regexp, String first, int limit) {
      if (!tag.equals(Tag.TIMESTAMP)) {
        super.addImplicitResolver(tag, regexp, first, limit);
      }
    }

    @Override
    public Tag resolve(NodeId kind, String value, boolean implicit) {
      Tag tag = super.resolve(kind, value, implicit);
      boolean number = tag.equals(Tag.INT) || tag.equals(Tag.FLOAT);
      return kind == NodeId.scalar && implicit && number && value.contains(":") ? Tag.STR : tag;
    }
  }

  /** One document as JSON; counts values and levels, so that no alias can grow without end. */
  private static final class Unfolding {
    private final String name;
    private int values;

    Unfolding(String name) {
      this.name = name;
    }

    JsonNode toJson(Object value, int depth) {
      if (++values > MAX_VALUES) {
        throw new CommandFailure(name + " holds more than " + MAX_VALUES + " values");
      }
      // The parser's own limit doesn't see an alias that stands within what it names.
      if (depth > MAX_DEPTH) {
        throw new CommandFailure(name + " is nested deeper than " + MAX_DEPTH + " levels");
      }
      JsonNodeFactory nodes = JsonNodeFactory.instance;
      if (value instanceof Map<?, ?> map) {
        ObjectNode object = nodes.objectNode();
        map.forEach((key, item) -> object.set(String.valueOf(key), toJson(item, depth + 1)));
        return object;
      } else if (value instanceof List<?> list) {
        ArrayNode array = nodes.arrayNode();
        list.forEach(item -> array.add(toJson(item, depth + 1)));
        return array;
      }
      return scalar(value);
    }

    private JsonNode scalar(Object value) {
      JsonNodeFactory nodes = JsonNodeFactory.instance;
      if (value == null) {
        return nodes.nullNode();
      } else if (value instanceof Boolean b) {
        return nodes.booleanNode(b);
      } else if (value instanceof Integer i) {
        return nodes.numberNode(i);
      } else if (value instanceof Long l) {
        return nodes.numberNode(l);
      } else if (value instanceof BigInteger big) {
        return nodes.numberNode(big);
      } else if (value instanceof Double d) {
        return nodes.numberNode(d);
      } else if (value instanceof String s) {
        return nodes.textNode(s);
      }
      throw new CommandFailure(
          name + " holds a value that JSON does not know, of a YAML tag for " + yamlType(value));
    }

    private static String yamlType(Object value) {
      return value instanceof byte[] ? "binary data" : "sets or dates";
    }
  }
}
