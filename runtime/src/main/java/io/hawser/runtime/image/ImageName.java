package io.hawser.runtime.image;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A full image name: {@code registry/repository[:tag][@digest]}, with Docker's short forms ({@code
 * alpine} is {@code docker.io/library/alpine:latest}).
 *
 * @param registry host, or host:port
 * @param repository lower-case path below the registry
 * @param tag present unless only a digest was given
 * @param digest pins the content
 */
public record ImageName(
    String registry, String repository, Optional<String> tag, Optional<Digest> digest) {
  /** Docker's own registry, meant when a name has no host. */
  public static final String DEFAULT_REGISTRY = "docker.io";

  public static final String DEFAULT_TAG = "latest";

  /** Longest repository path a registry accepts. */
  public static final int MAX_REPOSITORY_LENGTH = 255;

  private static final Pattern HOST =
      Pattern.compile(
          "(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:]+\\])(?::\\d+)?");
  private static final Pattern PATH =
      Pattern.compile(
          "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final Pattern SPLIT = Pattern.compile("(.+?)(?::([^:/@]+))?(?:@(.+))?");

  /** Reads a name as users write it; the error says which part is wrong. */
  public static ImageName parse(String text) {
    Matcher parts = SPLIT.matcher(text);
    if (!parts.matches()) {
      throw invalid(text, "it is empty");
    }
    String name = parts.group(1);
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    boolean hasHost =
        first.equals("localhost")
            || first.contains(".")
            || first.contains(":")
            || !first.equals(first.toLowerCase(java.util.Locale.ROOT));
    String registry = hasHost ? first : DEFAULT_REGISTRY;
    String repository = hasHost ? name.substring(slash + 1) : name;
    if (registry.equals("index.docker.io")) {
      registry = DEFAULT_REGISTRY;
    }
    if (registry.equals(DEFAULT_REGISTRY) && repository.indexOf('/') < 0) {
      repository = "library/" + repository;
    }
    check(text, registry, repository, parts.group(2));
    Optional<Digest> digest = Optional.ofNullable(parts.group(3)).map(d -> digest(text, d));
    Optional<String> tag =
        parts.group(2) == null && digest.isEmpty()
            ? Optional.of(DEFAULT_TAG)
            : Optional.ofNullable(parts.group(2));
    return new ImageName(registry, repository, tag, digest);
  }

  private static void check(String text, String registry, String repository, String tag) {
    if (!HOST.matcher(registry).matches()) {
      throw invalid(text, "'" + registry + "' is no registry host");
    }
    if (!PATH.matcher(repository).matches()) {
      throw invalid(
          text,
          "the repository '"
              + repository
              + "' may have only lower-case letters, digits and single . _ - between them");
    }
    if (repository.length() > MAX_REPOSITORY_LENGTH) {
      throw invalid(text, "the repository is longer than " + MAX_REPOSITORY_LENGTH);
    }
    if (tag != null && !TAG.matcher(tag).matches()) {
      throw invalid(
          text, "the tag '" + tag + "' may have only letters, digits, _ . - (at most 128)");
    }
  }

  private static Digest digest(String text, String digest) {
    try {
      return Digest.parse(digest);
    } catch (ImageFault e) {
      throw invalid(text, e.getMessage());
    }
  }

  private static ImageFault invalid(String text, String why) {
    return new ImageFault(ImageFault.Kind.INVALID_NAME, "'" + text + "' is no image name: " + why);
  }

  /** What a registry's manifest URL ends with: the digest, else the tag. */
  public String manifestReference() {
    return digest.map(Digest::toString).orElseGet(() -> tag.orElse(DEFAULT_TAG));
  }

  /** Registry and repository without tag and digest. */
  public String repositoryName() {
    return registry + "/" + repository;
  }

  /** The short form that users write: without {@code docker.io/} and {@code library/}. */
  public String familiar() {
    String text = toString();
    if (registry.equals(DEFAULT_REGISTRY)) {
      text = text.substring(DEFAULT_REGISTRY.length() + 1);
      if (text.startsWith("library/")) {
        text = text.substring("library/".length());
      }
    }
    return text;
  }

  /** The full form; equal names have equal full forms. */
  @Override
  public String toString() {
    return repositoryName()
        + tag.map(t -> ":" + t).orElse("")
        + digest.map(d -> "@" + d).orElse("");
  }
}
