package io.hawser.runtime.launch;

import io.hawser.runtime.Isolation.Rlimit;
import io.hawser.runtime.Isolation.Seccomp;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A process to become: what it runs, as whom, with which rights. All resolved, nothing looked up.
 *
 * @param arguments the first is the program: a path, or a name that is looked up in PATH
 * @param environment entries {@code NAME=value}
 * @param workingDir absolute path in the container
 * @param uid in the container's user namespace, as are all ids here
 * @param groups supplementary groups
 * @param capabilities the bounding set, and what root has; another user starts with none
 * @param noNewPrivileges true: set-uid programs and file capabilities give nothing
 */
public record ProcessSpec(
    List<String> arguments,
    List<String> environment,
    String workingDir,
    long uid,
    long gid,
    List<Long> groups,
    Set<Capability> capabilities,
    boolean noNewPrivileges,
    Confinement confinement) {

  private static final long MAX_ID = 0xffff_fffeL;
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /**
   * @throws IllegalArgumentException for an id that the kernel has not: cut to 32 bits it may be
   *     root's, and the largest one means "as before"
   */
  public ProcessSpec {
    checkId("user", uid);
    checkId("group", gid);
    groups.forEach(group -> checkId("group", group));
    // A checkpoint of an earlier version has none.
    confinement = confinement == null ? Confinement.DEFAULT : confinement;
  }

  private static void checkId(String kind, long id) {
    if (id < 0 || id > MAX_ID) {
      throw new IllegalArgumentException(kind + " " + id + ": expected an id from 0 to " + MAX_ID);
    }
  }

  public ProcessSpec(
      List<String> arguments,
      List<String> environment,
      String workingDir,
      long uid,
      long gid,
      List<Long> groups,
      Set<Capability> capabilities,
      boolean noNewPrivileges) {
    this(
        arguments,
        environment,
        workingDir,
        uid,
        gid,
        groups,
        capabilities,
        noNewPrivileges,
        Confinement.DEFAULT);
  }

  /** The same rights for another program. */
  public ProcessSpec running(List<String> program, List<String> inEnvironment) {
    return new ProcessSpec(
        program,
        inEnvironment,
        workingDir,
        uid,
        gid,
        groups,
        capabilities,
        noNewPrivileges,
        confinement);
  }

  /** Where execvp(3) would look for the program, in this order. */
  public List<String> candidates() {
    String program = arguments.get(0);
    if (program.contains("/")) {
      return List.of(program);
    }
    String path = DEFAULT_PATH;
    for (String entry : environment) {
      if (entry.startsWith("PATH=")) {
        path = entry.substring("PATH=".length());
      }
    }
    List<String> candidates = new ArrayList<>();
    for (String directory : path.split(":")) {
      candidates.add((directory.isEmpty() ? "." : directory) + "/" + program);
    }
    return candidates;
  }

  /** The process' sets: exact ones when given, else what follows from its capabilities. */
  CapabilityMasks masks() {
    if (confinement.masks() != null) {
      return confinement.masks();
    }
    long all = Capability.mask(capabilities);
    long root = uid == 0 ? all : 0;
    return new CapabilityMasks(all, root, 0, root, 0);
  }

  /**
   * What few processes have.
   *
   * @param masks null: those that follow from the capabilities
   * @param oomScoreAdj null: the agent's
   * @param namespaces beside the usual ones, what an exec'ed process must join too
   */
  public record Confinement(
      CapabilityMasks masks,
      Seccomp seccomp,
      List<Rlimit> rlimits,
      Integer oomScoreAdj,
      OtherNamespaces namespaces) {
    public static final Confinement DEFAULT =
        new Confinement(null, Seccomp.DEFAULT, List.of(), null, OtherNamespaces.NONE);

    public Confinement {
      rlimits = List.copyOf(rlimits);
    }
  }

  /**
   * Namespaces that most containers share with the machine.
   *
   * @param usersBase the machine's uid and gid of the container's root; 0: no user namespace
   * @param clock true: a time namespace
   * @param foreignPids true: its first process is not pid 1, so its end ends nothing else
   * @param oneId true: a user namespace without other ids than root, whose groups can't be set
   */
  public record OtherNamespaces(long usersBase, boolean clock, boolean foreignPids, boolean oneId) {
    public static final OtherNamespaces NONE = new OtherNamespaces(0, false, false, false);
  }

  /** Bits as in {@code /proc/self/status}; see capabilities(7). */
  public record CapabilityMasks(
      long bounding, long effective, long inheritable, long permitted, long ambient) {}
}
