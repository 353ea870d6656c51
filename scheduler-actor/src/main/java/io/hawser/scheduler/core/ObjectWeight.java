package io.hawser.scheduler.core;

import io.hawser.model.ApiObject;
import io.hawser.model.TextSize;

/** How much of a message an object takes. */
public final class ObjectWeight {
  private ObjectWeight() {}

  /** In largest pod templates, rounded up. */
  public static int of(ApiObject object) {
    return 1 + TextSize.of((Record) object) / Limits.MAX_TEMPLATE_CHARS;
  }
}
