package io.hawser.runtime.image.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/**
 * Operating system and processor, named as Go names them ({@code linux}, {@code amd64}).
 *
 * @param variant such as {@code v8}; null means the architecture's usual one
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Platform(
    String architecture,
    String os,
    @JsonProperty("os.version") String osVersion,
    @JsonProperty("os.features") List<String> osFeatures,
    String variant) {
  private static final Map<String, String> GO_NAMES =
      Map.of("amd64", "amd64", "x86_64", "amd64", "aarch64", "arm64", "arm64", "arm64");
  private static final Map<String, String> USUAL_VARIANT = Map.of("arm64", "v8", "arm", "v7");

  public Platform {
    architecture = architecture == null ? "" : architecture;
    os = os == null ? "" : os;
  }

  public Platform(String os, String architecture) {
    this(architecture, os, null, null, null);
  }

  /** The machine this JVM runs on. */
  public static Platform here() {
    String arch = System.getProperty("os.arch");
    return new Platform("linux", GO_NAMES.getOrDefault(arch, arch));
  }

  /** Reads {@code os/architecture[/variant]}. */
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length < 2 || parts.length > 3) {
      throw new io.hawser.runtime.image.ImageFault(
          io.hawser.runtime.image.ImageFault.Kind.BAD_INPUT,
          "'" + text + "' is no platform; expected os/architecture, such as linux/amd64");
    }
    return new Platform(parts[1], parts[0], null, null, parts.length == 3 ? parts[2] : null);
  }

  /** Whether content made for this platform runs on the other. */
  public boolean runsOn(Platform machine) {
    return os.equals(machine.os)
        && architecture.equals(machine.architecture)
        && variantOrUsual().equals(machine.variantOrUsual());
  }

  private String variantOrUsual() {
    return variant != null && !variant.isEmpty()
        ? variant
        : USUAL_VARIANT.getOrDefault(architecture, "");
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant == null || variant.isEmpty() ? "" : "/" + variant);
  }
}
