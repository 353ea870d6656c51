package io.hawser.gateway.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.Manifests;
import io.hawser.gateway.wire.StatusError;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever stands in a manifest's place, the answer is a deployment or a refusal with fields. */
class DecoderRobustnessTest {
  private static final int ROUNDS = 5_000;
  private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;
  private static final Target CREATE =
      new Target("apps", "v1", "Deployment", "default", Optional.empty());

  private static final List<JsonNode> ODD =
      List.of(
          MAKE.nullNode(),
          MAKE.textNode(""),
          MAKE.textNode("\u0000\ud800"),
          MAKE.textNode("x".repeat(300)),
          MAKE.numberNode(-1),
          MAKE.numberNode(Long.MAX_VALUE),
          MAKE.numberNode(BigInteger.TWO.pow(100)),
          MAKE.numberNode(new BigDecimal("1e400")),
          MAKE.numberNode(0.5),
          MAKE.booleanNode(true),
          MAKE.arrayNode(),
          MAKE.arrayNode().add(MAKE.nullNode()).add(1).add("a"),
          MAKE.objectNode(),
          MAKE.objectNode().put("name", 1));

  @Test
  void anyManifestIsReadOrRefusedByField() {
    long seed = new Random().nextLong();
    System.out.println("seed of anyManifestIsReadOrRefusedByField: " + seed);
    Random random = new Random(seed);
    int read = 0;
    for (int round = 0; round < ROUNDS; round++) {
      ObjectNode manifest = Manifests.web();
      for (int change = 0; change <= random.nextInt(3); change++) {
        change(manifest, random);
      }
      try {
        DeploymentDecoder.decode(manifest, CREATE);
        read++;
      } catch (StatusError refused) {
        assertThat(refused.code()).isIn(400, 422);
        assertThat(refused.code() == 400 || !refused.causes().isEmpty()).isTrue();
      }
    }
    assertThat(read).as("some changes are harmless").isPositive().isLessThan(ROUNDS);
  }

  /** Puts something odd in the place of a value, or an unknown field beside it. */
  private static void change(ObjectNode manifest, Random random) {
    List<JsonNode> parents = new ArrayList<>();
    collect(manifest, parents);
    JsonNode parent = parents.get(random.nextInt(parents.size()));
    JsonNode odd = ODD.get(random.nextInt(ODD.size())).deepCopy();
    if (parent instanceof ArrayNode list) {
      if (list.isEmpty() || random.nextBoolean()) {
        list.add(odd);
      } else {
        list.set(random.nextInt(list.size()), odd);
      }
    } else if (parent instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      names.add("surprise");
      object.set(names.get(random.nextInt(names.size())), odd);
    }
  }

  private static void collect(JsonNode node, List<JsonNode> parents) {
    if (node.isContainerNode()) {
      parents.add(node);
      node.forEach(child -> collect(child, parents));
    }
  }
}
