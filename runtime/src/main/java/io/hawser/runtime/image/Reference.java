package io.hawser.runtime.image;

import java.util.regex.Pattern;

/** Image references: {@code [host[:port]/]path[:tag][@digest]}. */
public final class Reference {
  private static final Pattern FORM =
      Pattern.compile(
          "[a-zA-Z0-9]([a-zA-Z0-9._/-]|:[0-9]+/)*(:[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127})?"
              + "(@sha256:[0-9a-f]{64})?");
  private static final int MAX_LENGTH = 255;

  private Reference() {}

  /**
   * With the tag spelled out: {@code web} is {@code web:latest}.
   *
   * @throws IllegalArgumentException when it is no reference
   */
  public static String normalize(String reference) {
    if (reference.length() > MAX_LENGTH || !FORM.matcher(reference).matches()) {
      throw new IllegalArgumentException(
          "image reference \""
              + reference
              + "\": expected [host/]name[:tag], such as hawser/web:1");
    }
    String lastComponent = reference.substring(reference.lastIndexOf('/') + 1);
    return lastComponent.contains(":") ? reference : reference + ":latest";
  }
}
