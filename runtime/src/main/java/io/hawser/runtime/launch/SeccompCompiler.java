package io.hawser.runtime.launch;

import io.hawser.runtime.kernel.Arch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Compiles a {@link SeccompDocument} to BPF. A rule with conditions is tried before one without, in
 * the document's order; calls that no rule names get the default action, numbers unknown here too.
 * Calls that the machine's architecture does not have are passed over, as runc does.
 *
 * <p>Calls of 32-bit programs follow the same rules when the document lists their architecture
 * ({@code SCMP_ARCH_X86}, {@code SCMP_ARCH_ARM}) or lists none; else the process is killed. x32,
 * which few kernels still have, is never allowed.
 */
final class SeccompCompiler {
  private static final Map<String, Long> FLAGS =
      Map.of(
          "SECCOMP_FILTER_FLAG_TSYNC", 0L, // there is one thread
          "SECCOMP_FILTER_FLAG_LOG", 2L,
          "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 4L);

  private static final Map<Arch, String> OWN =
      Map.of(Arch.AMD64, "SCMP_ARCH_X86_64", Arch.ARM64, "SCMP_ARCH_AARCH64");
  private static final Map<Arch, String> OWN_32 =
      Map.of(Arch.AMD64, "SCMP_ARCH_X86", Arch.ARM64, "SCMP_ARCH_ARM");

  private final Arch arch;
  private final Set<Capability> granted;
  private final String kernelRelease;

  private SeccompCompiler(Arch arch, Set<Capability> granted, String kernelRelease) {
    this.arch = arch;
    this.granted = granted;
    this.kernelRelease = kernelRelease;
  }

  /**
   * @param kernelRelease of uname(2), for rules that need a newer kernel
   * @throws IllegalArgumentException naming what is wrong with the profile
   */
  static SeccompFilter compile(
      SeccompDocument document, Arch arch, Set<Capability> granted, String kernelRelease) {
    return new SeccompCompiler(arch, granted, kernelRelease).compile(document);
  }

  private SeccompFilter compile(SeccompDocument document) {
    Set<String> listed = document.architectures();
    if (!listed.isEmpty() && !listed.contains(OWN.get(arch))) {
      throw new IllegalArgumentException(
          "seccomp profile: architectures " + listed + " do not include " + OWN.get(arch));
    }
    List<SyscallFilter.Table> tables = new ArrayList<>();
    int other = document.defaultAction().value();
    tables.add(
        new SyscallFilter.Table(
            arch.auditArch(), rules(document, name -> arch.find(name).orElse(null)), other));
    if (listed.isEmpty() || listed.contains(OWN_32.get(arch))) {
      Map<String, Integer> numbers = arch.syscalls32();
      tables.add(new SyscallFilter.Table(arch.auditArch32(), rules(document, numbers::get), other));
    }
    return new SeccompFilter(flags(document), SyscallFilter.assemble(tables));
  }

  private static long flags(SeccompDocument document) {
    long flags = 0;
    for (String name : document.flags()) {
      Long flag = FLAGS.get(name);
      if (flag == null) {
        throw new IllegalArgumentException("seccomp profile: flag " + name + " is not supported");
      }
      flags |= flag;
    }
    return flags;
  }

  private TreeMap<Integer, SyscallFilter.Rule> rules(
      SeccompDocument document, Function<String, Integer> numberOf) {
    Map<Integer, List<SeccompDocument.Rule>> byNumber = new HashMap<>();
    for (SeccompDocument.Rule rule : document.rules()) {
      if (applies(rule.when())) {
        for (String name : rule.names()) {
          Integer number = numberOf.apply(name);
          if (number != null) {
            byNumber.computeIfAbsent(number, n -> new ArrayList<>()).add(rule);
          }
        }
      }
    }
    TreeMap<Integer, SyscallFilter.Rule> rules = new TreeMap<>();
    byNumber.forEach((number, of) -> rules.put(number, combine(of, document.defaultAction())));
    return rules;
  }

  private static SyscallFilter.Rule combine(
      List<SeccompDocument.Rule> rules, SeccompDocument.Action otherwise) {
    SyscallFilter.RuleCode code = new SyscallFilter.RuleCode();
    int last = otherwise.value();
    boolean unconditional = false;
    for (SeccompDocument.Rule rule : rules) {
      if (rule.conditions().isEmpty()) {
        last = unconditional ? last : rule.action().value();
        unconditional = true;
      } else if (isAlternative(rule.conditions())) {
        rule.conditions().forEach(c -> code.when(List.of(c), rule.action().value()));
      } else {
        code.when(rule.conditions(), rule.action().value());
      }
    }
    return code.otherwise(last);
  }

  /** Several conditions on one argument mean any of them, as runc has always read them. */
  private static boolean isAlternative(List<SeccompDocument.Condition> conditions) {
    return conditions.stream().mapToInt(SeccompDocument.Condition::argument).distinct().count()
        < conditions.size();
  }

  private boolean applies(SeccompDocument.When when) {
    return when.capabilities().stream().allMatch(this::has)
        && when.notCapabilities().stream().noneMatch(this::has)
        && (when.arches().isEmpty() || when.arches().contains(arch.label()))
        && !when.notArches().contains(arch.label())
        && when.minKernel().map(this::isAtLeast).orElse(true);
  }

  private boolean has(String capability) {
    return granted.stream().anyMatch(c -> capability.equals("CAP_" + c.name()));
  }

  private boolean isAtLeast(String wanted) {
    int[] own = majorMinor(kernelRelease);
    int[] least = majorMinor(wanted);
    return own[0] > least[0] || own[0] == least[0] && own[1] >= least[1];
  }

  private static int[] majorMinor(String version) {
    String[] parts = version.split("[^0-9]+");
    try {
      return new int[] {
        Integer.parseInt(parts[0]), parts.length > 1 ? Integer.parseInt(parts[1]) : 0
      };
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "seccomp profile: minKernel \"" + version + "\": expected major.minor");
    }
  }
}
