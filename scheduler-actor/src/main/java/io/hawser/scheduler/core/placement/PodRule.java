package io.hawser.scheduler.core.placement;

/**
 * What other pods in a node's topology domain mean for one ask.
 *
 * @param key the node's label
 * @param points for each pod counted in the domain, for a wish; 0 for a condition
 * @param selfMatch whether the pod to be placed would be counted itself
 * @param maxSkew of a spread
 * @param missing why a node without the label is refused
 */
record PodRule(
    Kind kind,
    String key,
    DomainCount count,
    long points,
    boolean selfMatch,
    int maxSkew,
    int minDomains,
    Unfit refusal,
    Unfit missing) {

  /** A node without the label of a soft spread is chosen only when no other is left. */
  private static final long NO_DOMAIN = -1_000_000_000L;

  enum Kind {
    NEAR,
    AWAY,
    SPREAD,
    WISH,
    SOFT_SPREAD
  }

  static PodRule near(String key, DomainCount count, boolean selfMatch) {
    Unfit why = new Unfit.NotNearPods();
    return new PodRule(Kind.NEAR, key, count, 0, selfMatch, 0, 0, why, why);
  }

  static PodRule away(String key, DomainCount count, Unfit why) {
    return new PodRule(Kind.AWAY, key, count, 0, false, 0, 0, why, why);
  }

  static PodRule wish(String key, DomainCount count, long points) {
    return new PodRule(Kind.WISH, key, count, points, false, 0, 0, null, null);
  }

  boolean isCondition() {
    return kind != Kind.WISH && kind != Kind.SOFT_SPREAD;
  }

  /**
   * @param domain -1: the node has no such label
   * @return null when the node may take the pod
   */
  Unfit refusal(int domain) {
    return switch (kind) {
      case NEAR -> domain >= 0 && isNear(domain) ? null : refusal;
      case AWAY -> domain < 0 || count.in(domain) == 0 ? null : refusal;
      case SPREAD -> domain < 0 ? missing : tooMany(domain) ? refusal : null;
      case WISH, SOFT_SPREAD -> null;
    };
  }

  /** The first of some pods that want to be together may go anywhere. */
  private boolean isNear(int domain) {
    return count.in(domain) > 0 || (selfMatch && count.total() == 0);
  }

  private boolean tooMany(int domain) {
    int after = count.in(domain) + (selfMatch ? 1 : 0);
    return after - count.least(minDomains) > maxSkew;
  }

  /** Which part of a score it belongs to. */
  String part() {
    return kind == Kind.SOFT_SPREAD ? "topology" : "pods";
  }

  long points(int domain) {
    if (isCondition()) {
      return 0;
    }
    if (domain < 0) {
      return kind == Kind.SOFT_SPREAD ? NO_DOMAIN : 0;
    }
    return points * count.in(domain);
  }

  /** Changes when the answer for a domain may change though nothing in the domain did. */
  long signature() {
    return switch (kind) {
      case NEAR -> count.total() == 0 ? 1 : 0;
      case SPREAD -> count.least(minDomains);
      case AWAY, WISH, SOFT_SPREAD -> 0;
    };
  }
}
