package io.hawser.cluster.membership;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.Address;

/**
 * Judges whether the others know this member. One that was let in by a member which was itself just
 * being removed has joined nothing: the others answer its heartbeats, which need no membership, but
 * never look at its gossip, and none of them will ever tell it. Nor do they know the last of a
 * {@link Splinter}. Time is an argument.
 */
final class Recognition {
  /** Others need a second or two, on a busy machine some more. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private Optional<Instant> unseenSince = Optional.empty();

  /**
   * @param others the reachable members without this one
   * @param seenBy who has seen the members as this one sees them, this one included
   * @param splinter the journal lives, in the hands of members of another cluster
   */
  boolean isUnknown(Set<Address> others, Set<Address> seenBy, boolean splinter, Instant now) {
    boolean seen = others.isEmpty() || !Collections.disjoint(others, seenBy);
    if (seen && !splinter) {
      unseenSince = Optional.empty();
      return false;
    }
    Instant since = unseenSince.orElse(now);
    unseenSince = Optional.of(since);
    return !now.isBefore(since.plus(PATIENCE));
  }
}
