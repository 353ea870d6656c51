package io.hawser.runtime.cgroup;

import io.hawser.runtime.Isolation;
import java.util.ArrayList;
import java.util.List;

/**
 * Which devices a container may open.
 *
 * @param all true: every one the agent may; else the harmless ones and these
 */
public record DeviceAccess(boolean all, List<Isolation.Device> devices) {
  public static final DeviceAccess DEFAULT = new DeviceAccess(false, List.of());

  public static DeviceAccess of(Isolation isolation) {
    return new DeviceAccess(isolation.privileged(), isolation.files().devices());
  }

  boolean isDefault() {
    return !all && devices.isEmpty();
  }

  List<DeviceFilter.Rule> rules() {
    if (all) {
      return List.of(
          new DeviceFilter.Rule('c', -1, -1, "rwm"), new DeviceFilter.Rule('b', -1, -1, "rwm"));
    }
    List<DeviceFilter.Rule> rules = new ArrayList<>(DeviceFilter.ALLOWED);
    for (Isolation.Device device : devices) {
      rules.add(
          new DeviceFilter.Rule(device.type(), device.major(), device.minor(), device.access()));
    }
    return rules;
  }
}
