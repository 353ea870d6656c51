package io.hawser.runtime.oci;

import io.hawser.runtime.cgroup.BundleCgroup;
import io.hawser.runtime.launch.OciLaunch;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What {@code create} would launch for a bundle: its {@code config.json} read and checked, and
 * nothing made. {@link io.hawser.runtime.launch.OciPlan} has the calls for it.
 */
public final class OciPreview {
  private OciPreview() {}

  /**
   * @param bundle the directory of {@code config.json}
   * @param stateDirectory where the container's state would be
   * @return without cgroups, whose files exist only once they are made
   * @throws OciFault naming the field that can't be had; among them a new user namespace, which is
   *     made before the launch
   */
  public static OciLaunch of(Path bundle, Path stateDirectory) {
    OciConfig config = OciConfig.of(bundle);
    if (config.isFresh("user")) {
      throw new OciFault("linux.namespaces: a preview can't have a new user namespace");
    }
    return config.launch(BundleCgroup.ofDirectories(List.of()), stateDirectory, Map.of());
  }
}
