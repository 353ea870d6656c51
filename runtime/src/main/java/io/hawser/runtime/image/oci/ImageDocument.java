package io.hawser.runtime.image.oci;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.ImageFault;
import java.util.List;

/**
 * The config blob of an image: platform, defaults, the layers' uncompressed digests and the
 * history; source: OCI image specification, config.md.
 *
 * @param created RFC 3339, may be null
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ImageDocument(
    String created,
    String author,
    String architecture,
    String variant,
    String os,
    RunConfig config,
    RootFs rootfs,
    List<HistoryEntry> history) {
  public ImageDocument {
    if (rootfs == null) {
      throw new ImageFault(ImageFault.Kind.BAD_INPUT, "an image config has no rootfs");
    }
    config = config == null ? RunConfig.EMPTY : config;
    history = history == null ? List.of() : List.copyOf(history);
  }

  /**
   * The layers before compression, lowest first.
   *
   * @param type always {@code layers}
   */
  public record RootFs(String type, @JsonProperty("diff_ids") List<Digest> diffIds) {
    public RootFs {
      diffIds = diffIds == null ? List.of() : List.copyOf(diffIds);
    }
  }

  /**
   * One step that made the image.
   *
   * @param emptyLayer true: the step changed only the config
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record HistoryEntry(
      String created,
      @JsonProperty("created_by") String createdBy,
      String author,
      String comment,
      @JsonProperty("empty_layer") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
          boolean emptyLayer) {}

  @JsonIgnore
  public Platform platform() {
    return new Platform(architecture, os, null, null, variant);
  }
}
