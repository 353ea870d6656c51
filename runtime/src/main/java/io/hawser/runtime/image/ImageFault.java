package io.hawser.runtime.image;

import io.hawser.runtime.RuntimeFault;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Set;

/** Something about an image failed; the message is a sentence for the user. */
public final class ImageFault extends RuntimeFault {
  private static final long serialVersionUID = 1L;

  /** What a caller can do about it. */
  public enum Kind {
    /** The name of an image does not follow the grammar. */
    INVALID_NAME("InvalidImageName", false),
    /** Neither this store nor the registry has it. */
    NOT_FOUND("ErrImagePull", false),
    /** It is not here, and the pod's policy forbids to fetch it. */
    NEVER_PULL("ErrImageNeverPull", false),
    /** The registry wants other credentials. */
    UNAUTHORIZED("ErrImagePull", false),
    /** The registry asks to come back later. */
    RATE_LIMITED("ErrImagePull", true),
    /** The registry answers with an error of its own, or not at all, or with half an answer. */
    REGISTRY_UNAVAILABLE("ErrImagePull", true),
    /** Content does not have the digest or the size it was announced with. */
    CORRUPT("ErrImagePull", true),
    /** Over a named limit. */
    TOO_LARGE("ErrImagePull", false),
    /** No manifest for this machine's architecture. */
    NO_PLATFORM("ErrImagePull", false),
    /** An archive that is broken or would write outside its folder. */
    UNSAFE_ARCHIVE("ErrImagePull", false),
    /** A document, Dockerfile or argument is wrong. */
    BAD_INPUT("ImageInspectError", false),
    /** Something still uses it. */
    IN_USE("ImageInUse", true),
    /** No space or no quota left. */
    DISK_FULL("ErrImagePull", true),
    /** The store's own files can't be read or written. */
    STORE("ImageInspectError", true);

    private final String reason;
    private final boolean passing;

    Kind(String reason, boolean passing) {
      this.reason = reason;
      this.passing = passing;
    }
  }

  private final Kind kind;

  /** Not serialized; faults stay in their JVM. */
  private final transient Set<String> architectures;

  public ImageFault(Kind kind, String message) {
    this(kind, message, null);
  }

  public ImageFault(Kind kind, String message, Throwable cause) {
    super(kind.reason, message, cause);
    this.kind = kind;
    this.architectures = cause instanceof ImageFault first ? first.architectures() : Set.of();
  }

  /**
   * A {@link Kind#NO_PLATFORM}.
   *
   * @param architectures that the image is for, as far as it tells
   */
  public ImageFault(String message, Set<String> architectures) {
    super(Kind.NO_PLATFORM.reason, message, null);
    this.kind = Kind.NO_PLATFORM;
    this.architectures = Set.copyOf(architectures);
  }

  /** Those of the image, when this machine's is not among them; else none. */
  public Set<String> architectures() {
    return architectures == null ? Set.of() : architectures;
  }

  /**
   * Names what was being done when a file operation failed; a full disk becomes {@link
   * Kind#DISK_FULL}.
   */
  public static ImageFault of(String doing, IOException cause) {
    String text =
        cause instanceof FileSystemException && ((FileSystemException) cause).getReason() != null
            ? ((FileSystemException) cause).getReason()
            : String.valueOf(cause.getMessage());
    boolean full =
        text.contains("No space left")
            || text.contains("quota")
            || text.contains("ENOSPC")
            || text.contains("EDQUOT");
    // Of the others the message alone may be no more than a path.
    String kind =
        cause.getClass() == IOException.class ? "" : cause.getClass().getSimpleName() + ": ";
    return new ImageFault(
        full ? Kind.DISK_FULL : Kind.STORE, doing + ": " + kind + cause.getMessage(), cause);
  }

  public Kind kind() {
    return kind;
  }

  /** Whether trying again later can help without anybody changing anything. */
  public boolean passing() {
    return kind.passing;
  }
}
