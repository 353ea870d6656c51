package io.hawser.gateway.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A request's body as a JSON tree: one document, UTF-8, no duplicate keys, bounded in depth and in
 * the number of values its aliases unfold to.
 */
public final class Documents {
  /** Most values in a YAML document once its aliases are unfolded. */
  public static final int MAX_YAML_VALUES = 50_000;

  /** Longest number in characters: reading one takes time that grows with its square. */
  public static final int MAX_NUMBER_LENGTH = 100;

  private Documents() {}

  /**
   * @throws StatusError 400 saying what is wrong and where
   */
  public static JsonNode parseJson(byte[] body) {
    String text = decodeUtf8(body);
    try {
      JsonNode node = Json.MAPPER.readTree(text);
      if (node == null || node.isMissingNode()) {
        throw StatusError.badRequest("the request has an empty body; expected a JSON object");
      }
      return node;
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : " at line "
                  + e.getLocation().getLineNr()
                  + ", column "
                  + e.getLocation().getColumnNr();
      throw StatusError.badRequest(
          "the body is not one JSON document" + where + ": " + e.getOriginalMessage());
    }
  }

  /**
   * @throws StatusError 400 saying what is wrong and where
   */
  public static JsonNode parseYaml(byte[] body) {
    String text = decodeUtf8(body);
    LoaderOptions options = new LoaderOptions();
    options.setNestingDepthLimit(Json.MAX_DEPTH);
    options.setMaxAliasesForCollections(Integer.MAX_VALUE);
    try {
      Iterator<Node> documents =
          new Yaml(options).composeAll(new java.io.StringReader(text)).iterator();
      if (!documents.hasNext()) {
        throw StatusError.badRequest("the request has an empty body; expected a YAML mapping");
      }
      JsonNode tree = new Unfolding().unfold(documents.next(), 0);
      if (documents.hasNext()) {
        throw StatusError.badRequest(
            "the body holds more than one YAML document; send one object per request");
      }
      return tree;
    } catch (YAMLException e) {
      throw StatusError.badRequest("the body is not valid YAML: " + e.getMessage());
    }
  }

  /**
   * @throws StatusError 400 when the document is a list, a text or a number
   */
  public static ObjectNode requireObject(JsonNode node) {
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw StatusError.badRequest("expected an object, got " + Fields.describe(node));
  }

  private static String decodeUtf8(byte[] body) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(body))
          .toString();
    } catch (CharacterCodingException e) {
      throw StatusError.badRequest("the body is not valid UTF-8");
    }
  }

  /** YAML's node graph as a tree; counts values, so that nested aliases can't explode. */
  private static final class Unfolding {
    private int values;

    JsonNode unfold(Node node, int depth) {
      if (++values > MAX_YAML_VALUES) {
        throw StatusError.badRequest(
            "the YAML document holds more than " + MAX_YAML_VALUES + " values, aliases unfolded");
      }
      if (depth > Json.MAX_DEPTH) {
        throw StatusError.badRequest(
            "the YAML document is nested deeper than " + Json.MAX_DEPTH + " levels");
      }
      if (node instanceof MappingNode mapping) {
        return object(mapping, depth);
      } else if (node instanceof SequenceNode sequence) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        sequence.getValue().forEach(child -> array.add(unfold(child, depth + 1)));
        return array;
      }
      return scalar((ScalarNode) node);
    }

    private ObjectNode object(MappingNode mapping, int depth) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      for (NodeTuple tuple : mapping.getValue()) {
        if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
          throw StatusError.badRequest("a YAML key must be a text" + at(tuple.getKeyNode()));
        }
        if (key.getTag().equals(Tag.MERGE)) {
          throw StatusError.badRequest("YAML merge keys (<<) are not supported" + at(key));
        }
        if (object.has(key.getValue())) {
          throw StatusError.badRequest("duplicate key \"" + key.getValue() + "\"" + at(key));
        }
        object.set(key.getValue(), unfold(tuple.getValueNode(), depth + 1));
      }
      return object;
    }

    private static JsonNode scalar(ScalarNode node) {
      JsonNodeFactory make = JsonNodeFactory.instance;
      Tag tag = node.getTag();
      String text = node.getValue();
      boolean number = tag.equals(Tag.INT) || tag.equals(Tag.FLOAT);
      if (number && text.contains(":")) {
        // YAML 1.1's base 60; Kubernetes' own reader takes 22:22 for text.
        return make.textNode(text);
      }
      if (number && text.length() > MAX_NUMBER_LENGTH) {
        throw StatusError.badRequest(
            "a number has more than " + MAX_NUMBER_LENGTH + " digits" + at(node));
      }
      if (tag.equals(Tag.NULL)) {
        return make.nullNode();
      } else if (tag.equals(Tag.BOOL)) {
        return make.booleanNode(text.matches("(?i)y|yes|true|on"));
      } else if (tag.equals(Tag.INT)) {
        return integer(node);
      } else if (tag.equals(Tag.FLOAT)) {
        try {
          return make.numberNode(new BigDecimal(text.replace("_", "")));
        } catch (NumberFormatException e) {
          throw StatusError.badRequest("not a finite number: " + text + at(node));
        }
      } else if (tag.equals(Tag.STR) || tag.equals(Tag.TIMESTAMP)) {
        return make.textNode(text);
      }
      throw StatusError.badRequest("YAML tag " + tag.getValue() + " is not supported" + at(node));
    }

    /** Decimal, hexadecimal, binary and octal. */
    private static JsonNode integer(ScalarNode node) {
      String text = node.getValue().replace("_", "");
      boolean negative = text.startsWith("-");
      String digits = negative || text.startsWith("+") ? text.substring(1) : text;
      try {
        BigInteger value;
        if (digits.startsWith("0x")) {
          value = new BigInteger(digits.substring(2), 16);
        } else if (digits.startsWith("0b")) {
          value = new BigInteger(digits.substring(2), 2);
        } else if (digits.length() > 1 && digits.startsWith("0")) {
          value = new BigInteger(digits.substring(1), 8);
        } else {
          value = new BigInteger(digits);
        }
        value = negative ? value.negate() : value;
        if (value.bitLength() < 32) {
          return JsonNodeFactory.instance.numberNode(value.intValue());
        }
        return value.bitLength() < 64
            ? JsonNodeFactory.instance.numberNode(value.longValue())
            : JsonNodeFactory.instance.numberNode(value);
      } catch (NumberFormatException e) {
        throw StatusError.badRequest("not a whole number: " + text + at(node));
      }
    }

    private static String at(Node node) {
      return " at line " + (node.getStartMark().getLine() + 1);
    }
  }
}
