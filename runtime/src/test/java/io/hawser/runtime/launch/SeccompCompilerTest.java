package io.hawser.runtime.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hawser.runtime.kernel.Arch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SeccompCompilerTest {
  private static final int ALLOW = 0x7fff0000;
  private static final int EPERM = 0x00050001;
  private static final int KILL_PROCESS = 0x80000000;
  private static final String KERNEL = "6.1.0-test";

  private static SeccompFilter compile(Arch arch, String json, Set<Capability> granted) {
    return SeccompCompiler.compile(SeccompDocument.parse(json), arch, granted, KERNEL);
  }

  private static int run(Arch arch, String json, String call, long... arguments) {
    SeccompFilter filter = compile(arch, json, Set.of());
    return ClassicBpf.run(filter.instructions(), arch.auditArch(), arch.number(call), arguments);
  }

  private static String profile(String rules) {
    return "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [" + rules + "]}";
  }

  private static String rule(String names, String action, String more) {
    return "{\"names\": [" + names + "], \"action\": \"" + action + "\"" + more + "}";
  }

  @ParameterizedTest
  @CsvSource({
    "SCMP_ACT_ALLOW, 0x7fff0000",
    "SCMP_ACT_LOG, 0x7ffc0000",
    "SCMP_ACT_TRAP, 0x00030000",
    "SCMP_ACT_KILL, 0x00000000",
    "SCMP_ACT_KILL_THREAD, 0x00000000",
    "SCMP_ACT_KILL_PROCESS, 0x80000000",
    "SCMP_ACT_ERRNO, 0x0005000d",
    "SCMP_ACT_TRACE, 0x7ff0000d"
  })
  void everyActionIsTheKernels(String action, String value) {
    String json = profile(rule("\"read\"", action, ", \"errnoRet\": 13"));
    assertThat(run(Arch.AMD64, json, "read")).isEqualTo((int) Long.decode(value).longValue());
    assertThat(run(Arch.AMD64, json, "write")).isEqualTo(EPERM);
  }

  @ParameterizedTest
  @CsvSource({
    "SCMP_CMP_EQ, 5, 0, 5, 6",
    "SCMP_CMP_EQ, 0x500000000, 0, 0x500000000, 0x600000000",
    "SCMP_CMP_NE, 5, 0, 0x100000005, 5",
    "SCMP_CMP_GT, 0x100000000, 0, 0x100000001, 0x100000000",
    "SCMP_CMP_GT, 0x100000000, 0, 0x200000000, 0xffffffff",
    "SCMP_CMP_GE, 0x100000000, 0, 0x100000000, 0xffffffff",
    "SCMP_CMP_LT, 0x100000000, 0, 0xffffffff, 0x100000000",
    "SCMP_CMP_LE, 0x100000000, 0, 0x100000000, 0x100000001",
    "SCMP_CMP_LE, 0x100000000, 0, 7, 0x200000000",
    "SCMP_CMP_MASKED_EQ, 0x100000003, 0x100000001, 0x100000005, 0x5",
    "SCMP_CMP_LT, 0x7fffffffffffffff, 0, 0x7ffffffffffffffe, 0x7fffffffffffffff"
  })
  void argumentsAreComparedAsUnsignedLongs(
      String operator, String value, String second, String matching, String other) {
    String argument =
        ", \"args\": [{\"index\": 1, \"op\": \"%s\", \"value\": %d, \"valueTwo\": %d}]"
            .formatted(operator, Long.decode(value), Long.decode(second));
    String json = profile(rule("\"ioctl\"", "SCMP_ACT_ALLOW", argument));
    for (Arch arch : Arch.values()) {
      assertThat(run(arch, json, "ioctl", 9, Long.decode(matching))).isEqualTo(ALLOW);
      assertThat(run(arch, json, "ioctl", 9, Long.decode(other))).isEqualTo(EPERM);
    }
  }

  @Test
  void conditionsOfOneRuleMustAllHoldUnlessTheyShareAnArgument() {
    String and =
        ", \"args\": [{\"index\": 0, \"op\": \"SCMP_CMP_EQ\", \"value\": 1},"
            + " {\"index\": 1, \"op\": \"SCMP_CMP_EQ\", \"value\": 2}]";
    String json = profile(rule("\"socket\"", "SCMP_ACT_ALLOW", and));
    assertThat(run(Arch.AMD64, json, "socket", 1, 2)).isEqualTo(ALLOW);
    assertThat(run(Arch.AMD64, json, "socket", 1, 3)).isEqualTo(EPERM);
    String or = and.replace("\"index\": 1", "\"index\": 0");
    json = profile(rule("\"socket\"", "SCMP_ACT_ALLOW", or));
    assertThat(run(Arch.AMD64, json, "socket", 2, 9)).isEqualTo(ALLOW);
    assertThat(run(Arch.AMD64, json, "socket", 3, 9)).isEqualTo(EPERM);
  }

  @Test
  void conditionsAreTriedBeforeARuleWithoutAny() {
    String condition =
        ", \"errnoRet\": 97, \"args\": [{\"index\": 0, \"op\": \"SCMP_CMP_EQ\", \"value\": 16}]";
    String json =
        profile(
            rule("\"socket\"", "SCMP_ACT_ALLOW", "")
                + ","
                + rule("\"socket\"", "SCMP_ACT_ERRNO", condition));
    assertThat(run(Arch.AMD64, json, "socket", 16)).isEqualTo(0x00050061);
    assertThat(run(Arch.AMD64, json, "socket", 2)).isEqualTo(ALLOW);
  }

  @Test
  void capabilitiesArchitecturesAndKernelsDecideWhetherARuleCounts() {
    String json =
        profile(
            rule("\"bpf\"", "SCMP_ACT_ALLOW", ", \"includes\": {\"caps\": [\"CAP_BPF\"]}")
                + ","
                + rule("\"acct\"", "SCMP_ACT_ALLOW", ", \"excludes\": {\"caps\": [\"CAP_BPF\"]}")
                + ","
                + rule("\"chdir\"", "SCMP_ACT_ALLOW", ", \"includes\": {\"arches\": [\"arm64\"]}")
                + ","
                + rule("\"fchdir\"", "SCMP_ACT_ALLOW", ", \"includes\": {\"minKernel\": \"6.2\"}"));
    Arch arch = Arch.AMD64;
    byte[] with = compile(arch, json, EnumSet.of(Capability.BPF)).instructions();
    assertThat(ClassicBpf.run(with, arch.auditArch(), arch.number("bpf"))).isEqualTo(ALLOW);
    assertThat(ClassicBpf.run(with, arch.auditArch(), arch.number("acct"))).isEqualTo(EPERM);
    assertThat(run(arch, json, "bpf")).isEqualTo(EPERM);
    assertThat(run(arch, json, "acct")).isEqualTo(ALLOW);
    assertThat(run(arch, json, "chdir")).isEqualTo(EPERM);
    assertThat(run(Arch.ARM64, json, "chdir")).isEqualTo(ALLOW);
    assertThat(run(arch, json, "fchdir")).isEqualTo(EPERM);
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void programsOf32BitsFollowTheRulesOnlyWhereTheyAreListed(Arch arch) {
    String rules = rule("\"read\"", "SCMP_ACT_ALLOW", "");
    int read = arch.syscalls32().get("read");
    byte[] all = compile(arch, profile(rules), Set.of()).instructions();
    assertThat(ClassicBpf.run(all, arch.auditArch32(), read)).isEqualTo(ALLOW);
    assertThat(ClassicBpf.run(all, arch.auditArch32(), 4)).isEqualTo(EPERM);
    String own = arch == Arch.AMD64 ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64";
    String only = profile(rules).replace("{\"def", "{\"architectures\": [\"" + own + "\"], \"def");
    byte[] one = compile(arch, only, Set.of()).instructions();
    assertThat(ClassicBpf.run(one, arch.auditArch32(), read)).isEqualTo(KILL_PROCESS);
    assertThat(ClassicBpf.run(one, arch.auditArch(), arch.number("read"))).isEqualTo(ALLOW);
    String foreign = only.replace(own, "SCMP_ARCH_S390X");
    assertThatThrownBy(() -> compile(arch, foreign, Set.of()))
        .hasMessageContaining("do not include " + own);
  }

  @Test
  void listOfWhatIsRefusedDoesNotAllowX32() {
    String json = "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}";
    byte[] filter = compile(Arch.AMD64, json, Set.of()).instructions();
    assertThat(ClassicBpf.run(filter, Arch.AMD64.auditArch(), 0x40000000)).isEqualTo(0x00050026);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense | not JSON",
        "[] | expected a JSON object",
        "{} | defaultAction: unknown action",
        "{'defaultAction': 'SCMP_ACT_NOTIFY'} | SCMP_ACT_NOTIFY is not supported",
        "{'defaultAction': 'SCMP_ACT_ALLOW', 'flags': ['SECCOMP_FILTER_FLAG_X']} | flag",
        "{'defaultAction': 'SCMP_ACT_ALLOW', 'listenerPath': '/x'} | listenerPath",
        "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'action': 'x'}]} | syscalls[0].action",
        "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'action': 'SCMP_ACT_LOG', 'args':"
            + " [{'index': 6, 'op': 'SCMP_CMP_EQ'}]}]} | args[0].index",
        "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'action': 'SCMP_ACT_LOG', 'args':"
            + " [{'index': 0, 'op': 'EQ'}]}]} | args[0].op"
      },
      quoteCharacter = '`')
  void whatIsWrongWithAProfileIsNamed(String json, String message) {
    assertThatThrownBy(() -> compile(Arch.AMD64, json.replace('\'', '"'), Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  /** The default profile of podman and buildah, which follows Docker's; Debian packages it. */
  @ParameterizedTest
  @EnumSource(Arch.class)
  void ownProfileAllowsNothingThatTheOthersRefuse(Arch arch) throws IOException {
    Path file = Path.of("/usr/share/containers/seccomp.json");
    assumeTrue(Files.exists(file), "needs the package golang-github-containers-common");
    byte[] theirs = compile(arch, Files.readString(file), Capability.DEFAULT).instructions();
    byte[] ours = SeccompProfile.forCapabilities(arch, Capability.DEFAULT);
    Set<String> weaker = new TreeSet<>();
    for (String call : arch.syscalls()) {
      boolean allowedThere = ClassicBpf.run(theirs, arch.auditArch(), arch.number(call)) == ALLOW;
      boolean allowedHere = ClassicBpf.run(ours, arch.auditArch(), arch.number(call)) == ALLOW;
      if (allowedHere && !allowedThere) {
        weaker.add(call);
      }
    }
    weaker.removeAll(HARMLESS);
    assertThat(weaker).isEmpty();
    assertThat(theirs.length / 8).isLessThan(1000);
  }

  /** Docker allows them too; the packaged profile is older than most of them. */
  private static final List<String> HARMLESS =
      List.of(
          "cachestat",
          "fchmodat2",
          "futex_requeue",
          "futex_wait",
          "futex_waitv",
          "futex_wake",
          "getxattrat",
          "io_pgetevents",
          "listxattrat",
          "lsm_get_self_attr",
          "lsm_list_modules",
          "map_shadow_stack",
          "mseal",
          "removexattrat",
          "setxattrat",
          "vmsplice");
}
