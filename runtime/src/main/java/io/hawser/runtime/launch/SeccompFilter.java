package io.hawser.runtime.launch;

import io.hawser.runtime.Isolation.Seccomp;
import io.hawser.runtime.kernel.Arch;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What seccomp(2) is given.
 *
 * @param flags {@code SECCOMP_FILTER_FLAG_…}
 * @param instructions classic BPF, 8 bytes each
 */
public record SeccompFilter(long flags, byte[] instructions) {
  /** The kernel's BPF_MAXINSNS. */
  static final int MAX_INSTRUCTIONS = 4096;

  /** Compiled profiles that are kept: pods of one deployment ask for the same. */
  private static final int KEPT = 32;

  private record Key(Arch arch, long capabilities, String profile) {}

  private static final Map<Key, SeccompFilter> COMPILED =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, SeccompFilter> eldest) {
          return size() > KEPT;
        }
      };

  /**
   * Compiles a profile, each time anew.
   *
   * @param profile JSON of the OCI runtime specification or of Docker's profiles
   * @param kernelRelease of uname(2), for rules that need a newer kernel
   * @throws IllegalArgumentException naming what is wrong with the profile
   */
  public static SeccompFilter compile(
      String profile, Arch arch, Set<Capability> granted, String kernelRelease) {
    return SeccompCompiler.compile(SeccompDocument.parse(profile), arch, granted, kernelRelease);
  }

  /**
   * @return empty when unconfined
   * @throws IllegalArgumentException naming what is wrong with a profile
   */
  static Optional<SeccompFilter> of(
      Seccomp seccomp, Arch arch, Set<Capability> granted, String kernelRelease) {
    return switch (seccomp.kind()) {
      case UNCONFINED -> Optional.empty();
      case RUNTIME_DEFAULT ->
          Optional.of(new SeccompFilter(0, SeccompProfile.forCapabilities(arch, granted)));
      case PROFILE -> Optional.of(compiled(seccomp.profile(), arch, granted, kernelRelease));
    };
  }

  private static SeccompFilter compiled(
      String profile, Arch arch, Set<Capability> granted, String kernelRelease) {
    Key key = new Key(arch, Capability.mask(granted), profile);
    synchronized (COMPILED) {
      SeccompFilter known = COMPILED.get(key);
      if (known == null) {
        known = compile(profile, arch, granted, kernelRelease);
        COMPILED.put(key, known);
      }
      return known;
    }
  }
}
