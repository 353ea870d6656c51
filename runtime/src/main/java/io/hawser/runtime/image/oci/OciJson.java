package io.hawser.runtime.image.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hawser.runtime.image.ImageFault;
import java.io.IOException;

/** Reads and writes the documents of images. The same record always gives the same bytes. */
public final class OciJson {
  /** Largest index, manifest or config read; registries themselves refuse more than 4 MiB. */
  public static final int MAX_DOCUMENT_BYTES = 4 << 20;

  private static final int MAX_NESTING = 64;

  private static final ObjectMapper JSON = mapper();

  private OciJson() {}

  private static ObjectMapper mapper() {
    ObjectMapper mapper =
        JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(MapperFeature.SORT_CREATOR_PROPERTIES_FIRST)
            .build();
    mapper
        .getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).build());
    return mapper;
  }

  /**
   * @param what names the document in an error
   */
  public static <T> T read(byte[] bytes, Class<T> type, String what) {
    if (bytes.length > MAX_DOCUMENT_BYTES) {
      throw new ImageFault(
          ImageFault.Kind.TOO_LARGE,
          what + " has " + bytes.length + " bytes; at most " + MAX_DOCUMENT_BYTES + " are allowed");
    }
    try {
      T value = JSON.readValue(bytes, type);
      if (value == null) {
        throw new ImageFault(ImageFault.Kind.BAD_INPUT, what + " is null");
      }
      return value;
    } catch (IOException e) {
      if (rootFault(e) instanceof ImageFault) {
        ImageFault fault = (ImageFault) rootFault(e);
        throw new ImageFault(fault.kind(), what + ": " + fault.getMessage(), e);
      }
      throw new ImageFault(
          ImageFault.Kind.BAD_INPUT, what + " is no valid document: " + firstLine(e), e);
    }
  }

  private static Throwable rootFault(Throwable e) {
    Throwable at = e;
    while (at.getCause() != null && !(at instanceof ImageFault)) {
      at = at.getCause();
    }
    return at;
  }

  private static String firstLine(Exception e) {
    return e.getMessage().lines().findFirst().orElse("");
  }

  public static JsonNode tree(byte[] bytes, String what) {
    return read(bytes, JsonNode.class, what);
  }

  public static byte[] write(Object document) {
    try {
      return JSON.writeValueAsBytes(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("can't write " + document, e);
    }
  }

  /**
   * The media type of a manifest or index: its own field, else what was announced, else told by its
   * fields.
   */
  public static String mediaTypeOf(byte[] bytes, String announced) {
    JsonNode tree = tree(bytes, "a manifest");
    String own = tree.path("mediaType").asText("");
    if (!own.isEmpty()) {
      return own;
    }
    String type = announced == null ? "" : announced.split(";", 2)[0].trim();
    if (MediaTypes.isIndex(type) || MediaTypes.isManifest(type)) {
      return type;
    }
    if (tree.has("manifests")) {
      return MediaTypes.OCI_INDEX;
    }
    if (tree.has("config")) {
      return MediaTypes.OCI_MANIFEST;
    }
    return type;
  }
}
