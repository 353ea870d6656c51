package io.hawser.node;

import io.hawser.model.PodSpec.RestartPolicy;

/** Whether a container that ended is started again. */
enum RestartDecision {
  RESTART,
  SUCCEEDED,
  FAILED;

  /**
   * @param init an init container: done once it succeeded, whatever the policy
   */
  static RestartDecision of(RestartPolicy policy, boolean init, int exitCode) {
    boolean success = exitCode == 0;
    if (success) {
      return policy == RestartPolicy.ALWAYS && !init ? RESTART : SUCCEEDED;
    }
    return policy == RestartPolicy.NEVER ? FAILED : RESTART;
  }
}
