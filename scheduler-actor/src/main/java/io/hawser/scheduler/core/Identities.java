package io.hawser.scheduler.core;

import io.hawser.cluster.state.ClusterState;
import io.hawser.model.ObjectName;
import java.util.SplittableRandom;
import java.util.UUID;

/** New uids and names, drawn from an input's seed. */
final class Identities {
  /** Kubernetes' alphabet for generated names: no vowels, nothing easily mistaken. */
  static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private static final int SUFFIX_LENGTH = 5;

  /** What Kubernetes leaves of a base so that a name with its suffix is a host name. */
  private static final int MAX_BASE_LENGTH = 63 - SUFFIX_LENGTH;

  private final SplittableRandom random;

  Identities(long seed) {
    random = new SplittableRandom(seed);
  }

  /** A version 4 UUID. */
  String uid() {
    long high = (random.nextLong() & ~0xF000L) | 0x4000L;
    long low = (random.nextLong() & 0x3FFFFFFFFFFFFFFFL) | 0x8000000000000000L;
    return new UUID(high, low).toString();
  }

  /** A name that no pod of the state has: {@code base-xxxxx}. */
  ObjectName podName(ClusterState state, String namespace, String base) {
    String prefix = base + "-";
    if (prefix.length() > MAX_BASE_LENGTH) {
      prefix = prefix.substring(0, MAX_BASE_LENGTH);
    }
    while (true) {
      ObjectName name = new ObjectName(namespace, prefix + suffix());
      if (!state.pods().containsKey(name)) {
        return name;
      }
    }
  }

  private String suffix() {
    StringBuilder text = new StringBuilder(SUFFIX_LENGTH);
    for (int i = 0; i < SUFFIX_LENGTH; i++) {
      text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return text.toString();
  }
}
