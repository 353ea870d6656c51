package io.hawser.cluster.state;

import io.hawser.model.TextSize;

/** How much of what users write an event holds. */
public final class EventText {
  private EventText() {}

  /** In characters, roughly; 0 for an event without an object or a template. */
  public static int chars(SchedulerEvent event) {
    if (event instanceof SchedulerEvent.ObjectCreated e) {
      return TextSize.of((Record) e.object());
    } else if (event instanceof SchedulerEvent.ObjectChanged e) {
      return TextSize.of((Record) e.object());
    } else if (event instanceof SchedulerEvent.DeploymentCreated
        || event instanceof SchedulerEvent.DeploymentChanged) {
      return TextSize.of((Record) event);
    }
    return 0;
  }
}
