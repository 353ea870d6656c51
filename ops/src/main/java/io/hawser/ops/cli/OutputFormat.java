package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.Texts;

/** How a listing is printed. */
enum OutputFormat {
  TABLE,
  WIDE,
  JSON,
  YAML,
  NAME;

  String text(JsonNode node) {
    return this == YAML ? Texts.yaml(node) : Texts.json(node);
  }
}
