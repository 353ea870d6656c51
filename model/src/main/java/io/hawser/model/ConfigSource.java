package io.hawser.model;

import java.util.List;
import java.util.Optional;

/** Where a container's variables and files come from when not from the pod's own spec. */
public final class ConfigSource {
  private ConfigSource() {}

  /** What a value is read from. */
  public enum Kind {
    CONFIG_MAP,
    SECRET,
    /** The pod's own fields and its containers' resources. */
    DOWNWARD
  }

  /**
   * One value of a config map or a secret.
   *
   * @param optional true: nothing when the object or the key is missing, instead of a failure
   */
  public record KeyRef(Kind kind, String name, String key, boolean optional) {}

  /**
   * What a container asks for.
   *
   * @param container empty: the container whose variable it is
   * @param resource such as {@code limits.memory}
   * @param divisor the unit as the user wrote it, such as {@code 1Mi}; empty: 1
   * @param divisorMillis the same in thousandths
   */
  public record ResourceRef(
      String container, String resource, String divisor, long divisorMillis) {}

  /** All values of a config map or a secret as variables, their names with a prefix. */
  public record AllKeys(String prefix, Kind kind, String name, boolean optional) {}

  /**
   * A volume of files with such values.
   *
   * @param form which of Kubernetes' four volumes the user wrote; sources of the first three are
   *     exactly one
   * @param defaultMode the files' permission bits
   */
  public record FileVolume(Form form, int defaultMode, List<Files> sources) {
    public FileVolume {
      sources = List.copyOf(sources);
    }
  }

  /** Kubernetes' kinds of volumes with such files. */
  public enum Form {
    CONFIG_MAP,
    SECRET,
    DOWNWARD_API,
    PROJECTED
  }

  /**
   * Files from one object.
   *
   * @param name of the object; empty for {@link Kind#DOWNWARD}
   * @param items which values at which paths; empty: all, each at its key
   */
  public record Files(Kind kind, String name, boolean optional, List<Item> items) {
    public Files {
      items = List.copyOf(items);
    }
  }

  /**
   * One file.
   *
   * @param key of the object's data, or the {@code fieldPath} of a pod's field; empty with {@code
   *     resource}
   * @param path below the volume
   * @param mode instead of the volume's
   */
  public record Item(
      String key, Optional<ResourceRef> resource, String path, Optional<Integer> mode) {}
}
