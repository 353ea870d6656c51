package io.hawser.gateway.openapi;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.gateway.kind.Reports;
import io.hawser.gateway.kind.Resource;
import io.hawser.gateway.kind.ResourceType;
import io.hawser.gateway.kind.Resources;
import io.hawser.gateway.wire.Json;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The documents of the API: one for each group and version, and an index of them. Made once, when
 * one is first asked for; the kinds are the same for the life of a process.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3">OpenAPI
 *     v3</a>
 */
public final class OpenApi {
  /** Where the index is, and below it the documents. */
  public static final String ROOT = "/openapi/v3";

  /**
   * One document as it is sent.
   *
   * @param hash of its bytes; it is in the index, so that a changed document has another address
   */
  public record Document(byte[] bytes, String hash) {
    static Document of(ObjectNode json) {
      byte[] bytes = Json.bytes(json);
      try {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
        return new Document(bytes, HexFormat.of().withUpperCase().formatHex(digest, 0, 16));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JVM has SHA-256", e);
      }
    }
  }

  private static final class Made {
    static final OpenApi ONCE = new OpenApi(Resources.all(), Reports.all());
  }

  private final Document index;
  private final Map<String, Document> documents = new TreeMap<>();

  OpenApi(List<Resource<?>> resources, List<ResourceType> reports) {
    Descriptions descriptions = new Descriptions();
    Map<String, GroupDocument> groups = new TreeMap<>();
    Function<ResourceType, GroupDocument> group =
        type -> groups.computeIfAbsent(path(type), path -> new GroupDocument(descriptions));
    for (Resource<?> resource : resources) {
      group.apply(resource.type()).add(resource.type(), !Resources.isBuiltIn(resource));
    }
    reports.forEach(type -> group.apply(type).add(type, false));
    groups.forEach((path, document) -> documents.put(path, Document.of(document.json())));
    ObjectNode json = Json.object();
    ObjectNode paths = json.putObject("paths");
    documents.forEach(
        (path, document) ->
            paths.putObject(path).put("serverRelativeURL", address(path, document)));
    this.index = Document.of(json);
  }

  private static String path(ResourceType type) {
    return (type.group().isEmpty() ? "api/" : "apis/") + type.apiVersion();
  }

  /** Makes all of them the first time. */
  public static OpenApi get() {
    return Made.ONCE;
  }

  public Document index() {
    return index;
  }

  /**
   * @param groupVersion as the index has it, such as {@code apis/apps/v1}
   */
  public Optional<Document> document(String groupVersion) {
    return Optional.ofNullable(documents.get(groupVersion));
  }

  /** Where the present form of a document is. */
  public static String address(String groupVersion, Document document) {
    return ROOT + "/" + groupVersion + "?hash=" + document.hash();
  }
}
