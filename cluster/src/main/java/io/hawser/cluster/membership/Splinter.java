package io.hawser.cluster.membership;

import io.hawser.cluster.Roles;
import java.util.Set;
import org.apache.pekko.cluster.ClusterEvent.CurrentClusterState;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;

/**
 * A cluster in which too few of those are that keep the journal. Where one after the other seems
 * lost, each time to the larger half, a member can end up in a cluster of its own that no resolver
 * ever ends; the rest is another cluster.
 */
public final class Splinter {
  private static final Set<MemberStatus> GOING =
      Set.of(MemberStatus.down(), MemberStatus.exiting(), MemberStatus.removed());

  private Splinter() {}

  /**
   * @param voters how many keep the journal; 0 when that is not known
   */
  public static boolean is(CurrentClusterState state, int voters) {
    int controllers = 0;
    for (Member member : state.getMembers()) {
      if (member.hasRole(Roles.CONTROLLER) && !GOING.contains(member.status())) {
        controllers++;
      }
    }
    return voters > 0 && 2 * controllers <= voters;
  }
}
