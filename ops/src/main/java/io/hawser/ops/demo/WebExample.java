package io.hawser.ops.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.Manifests;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code examples/web.yaml}: the file beside the program, else the copy that was built in. */
final class WebExample {
  static final String NAME = "web";
  static final int PORT = 8080;
  private static final String RESOURCE = "web.yaml";

  private WebExample() {}

  static List<JsonNode> manifests() {
    String dist = System.getProperty("hawser.dist", "");
    Path beside = Path.of(dist).resolve("../../../examples/web.yaml").normalize();
    if (!dist.isEmpty() && Files.isRegularFile(beside)) {
      return Manifests.read(List.of(beside.toString()), InputStream.nullInputStream());
    }
    try (InputStream copy = WebExample.class.getResourceAsStream(RESOURCE)) {
      return Manifests.read(List.of("-"), copy);
    } catch (IOException e) {
      throw new CommandFailure("the example can't be read: " + ApiStatus.oneLine(e), e);
    }
  }
}
