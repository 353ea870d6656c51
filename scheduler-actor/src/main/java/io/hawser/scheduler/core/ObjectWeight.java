package io.hawser.scheduler.core;

import io.hawser.model.ApiObject;

/** How much of a message an object takes. */
public final class ObjectWeight {
  private ObjectWeight() {}

  /** In largest pod templates, rounded up. */
  public static int of(ApiObject object) {
    return 1 + TemplateHash.size((Record) object) / Limits.MAX_TEMPLATE_CHARS;
  }
}
