package io.hawser.ops.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The kinds that a cluster serves, also those that a jar brought there, as the discovery documents
 * of its API tell. Each document is read once, and only when a word asks for it: for what the
 * command line knows by itself nothing is asked. Belongs to one command.
 */
public final class ApiKinds {
  private final Supplier<GatewayClient> cluster;
  private final Map<String, List<Served>> byApiVersion = new LinkedHashMap<>();
  private List<String> apiVersions;
  private GatewayClient client;

  private record Served(ResourceKind kind, List<String> categories) {}

  /**
   * @param cluster asked for at most once, when there is something to look up
   */
  public ApiKinds(Supplier<GatewayClient> cluster) {
    this.cluster = cluster;
  }

  private GatewayClient client() {
    if (client == null) {
      client = cluster.get();
    }
    return client;
  }

  /**
   * By plural, singular or short name, in any case; with or without the API group behind it. Where
   * two kinds have a name, the core group's comes first, then the cluster's order.
   */
  public Optional<ResourceKind> named(String word) {
    return ResourceKind.BUILT_IN.stream()
        .filter(k -> k.isMeantBy(word))
        .findFirst()
        .or(() -> apiVersions().flatMap(this::kinds).filter(k -> k.isMeantBy(word)).findFirst());
  }

  /** By a manifest's {@code apiVersion} and {@code kind}. */
  public Optional<ResourceKind> of(String apiVersion, String kind) {
    return Stream.concat(ResourceKind.BUILT_IN.stream(), kinds(apiVersion))
        .filter(k -> k.kind().equals(kind) && k.apiVersion().equals(apiVersion))
        .findFirst();
  }

  /** All of a category, such as {@code all}: what runs something. */
  public List<ResourceKind> inCategory(String category) {
    return apiVersions()
        .flatMap(apiVersion -> served(apiVersion).stream())
        .filter(s -> s.categories().contains(category))
        .map(Served::kind)
        .toList();
  }

  /** For messages: {@code pods, deployments, …}. */
  public String known() {
    return apiVersions()
        .flatMap(this::kinds)
        .map(ResourceKind::plural)
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private Stream<ResourceKind> kinds(String apiVersion) {
    return served(apiVersion).stream().map(Served::kind);
  }

  /** The core group's, then each group's preferred one. */
  private Stream<String> apiVersions() {
    if (apiVersions == null) {
      apiVersions = new ArrayList<>();
      apiVersions.add("v1");
      for (JsonNode group : client().get("/apis").path("groups")) {
        apiVersions.add(group.path("preferredVersion").path("groupVersion").asText());
      }
    }
    return apiVersions.stream();
  }

  private List<Served> served(String apiVersion) {
    return byApiVersion.computeIfAbsent(apiVersion, this::read);
  }

  /** None when the cluster has no such group. */
  private List<Served> read(String apiVersion) {
    String base = apiVersion.contains("/") ? "/apis/" : "/api/";
    List<JsonNode> resources = new ArrayList<>();
    client()
        .find(base + apiVersion)
        .ifPresent(found -> found.path("resources").forEach(resources::add));
    List<String> names = resources.stream().map(r -> r.path("name").asText()).toList();
    return resources.stream()
        .filter(r -> !r.path("name").asText().contains("/"))
        .map(r -> served(apiVersion, r, names.contains(r.path("name").asText() + "/scale")))
        .toList();
  }

  private static Served served(String apiVersion, JsonNode resource, boolean scalable) {
    int slash = apiVersion.indexOf('/');
    String kind = resource.path("kind").asText();
    List<String> names = new ArrayList<>();
    names.add(resource.path("name").asText());
    String singular = resource.path("singularName").asText();
    names.add(singular.isEmpty() ? kind.toLowerCase(Locale.ROOT) : singular);
    names.addAll(texts(resource.path("shortNames")));
    return new Served(
        new ResourceKind(
            kind,
            slash < 0 ? "" : apiVersion.substring(0, slash),
            apiVersion.substring(slash + 1),
            resource.path("namespaced").asBoolean(),
            scalable,
            List.copyOf(names)),
        texts(resource.path("categories")));
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
