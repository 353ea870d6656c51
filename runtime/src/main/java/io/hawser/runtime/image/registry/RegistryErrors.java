package io.hawser.runtime.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.oci.OciJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a registry says went wrong; source: OCI distribution specification, "Error Codes". */
final class RegistryErrors {
  private static final int MAX_TEXT = 300;

  private RegistryErrors() {}

  /** The messages in a body, or its beginning when it is something else; one line. */
  static String message(byte[] body) {
    List<String> messages = new ArrayList<>();
    try {
      for (JsonNode error : OciJson.tree(body, "an error").path("errors")) {
        String code = error.path("code").asText("");
        messages.add((code + " " + error.path("message").asText("")).trim());
      }
    } catch (ImageFault e) {
      // A proxy's page, perhaps.
    }
    String text =
        messages.isEmpty() ? new String(body, StandardCharsets.UTF_8) : String.join("; ", messages);
    String line = text.replaceAll("[\\p{Cntrl}\\s]+", " ").trim();
    return line.length() > MAX_TEXT ? line.substring(0, MAX_TEXT) + "…" : line;
  }
}
