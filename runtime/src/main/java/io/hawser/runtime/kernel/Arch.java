package io.hawser.runtime.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A processor architecture: its system call numbers and its name in ELF and audit headers. */
public enum Arch {
  /** {@code EM_X86_64}, {@code AUDIT_ARCH_X86_64}. */
  AMD64("amd64", 62, 0xC000003E, 0x40000003, 1),
  /** {@code EM_AARCH64}, {@code AUDIT_ARCH_AARCH64}. */
  ARM64("arm64", 183, 0xC00000B7, 0x40000028, 2);

  private final String label;
  private final int elfMachine;
  private final int auditArch;
  private final int auditArch32;
  private final Map<String, Integer> numbers;
  private final Map<String, Integer> numbers32;

  Arch(String label, int elfMachine, int auditArch, int auditArch32, int column) {
    this.label = label;
    this.elfMachine = elfMachine;
    this.auditArch = auditArch;
    this.auditArch32 = auditArch32;
    this.numbers = readNumbers("syscalls.txt", column);
    this.numbers32 = readNumbers("syscalls32.txt", column);
  }

  /** The architecture of this JVM. */
  public static Arch current() {
    String name = System.getProperty("os.arch");
    return switch (name) {
      case "amd64", "x86_64" -> AMD64;
      case "aarch64" -> ARM64;
      default ->
          throw new IllegalStateException(
              "processor architecture " + name + " is not supported: need amd64 or aarch64");
    };
  }

  /** The name used in Go's and OCI's world: {@code amd64}, {@code arm64}. */
  public String label() {
    return label;
  }

  public int elfMachine() {
    return elfMachine;
  }

  /** The value of {@code seccomp_data.arch}. */
  public int auditArch() {
    return auditArch;
  }

  /** The same for the calls of 32-bit programs: {@code AUDIT_ARCH_I386}, {@code AUDIT_ARCH_ARM}. */
  public int auditArch32() {
    return auditArch32;
  }

  /** Names and numbers of the calls of 32-bit programs. */
  public Map<String, Integer> syscalls32() {
    return numbers32;
  }

  /**
   * @throws IllegalArgumentException when the architecture has no such call
   */
  public int number(String syscall) {
    return find(syscall)
        .orElseThrow(() -> new IllegalArgumentException(label + " has no system call " + syscall));
  }

  public Optional<Integer> find(String syscall) {
    return Optional.ofNullable(numbers.get(syscall));
  }

  /** The names of all calls this table knows on this architecture. */
  public Set<String> syscalls() {
    return Set.copyOf(numbers.keySet());
  }

  private static Map<String, Integer> readNumbers(String resource, int column) {
    Map<String, Integer> numbers = new HashMap<>();
    try (InputStream in = Arch.class.getResourceAsStream(resource)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n")) {
        String[] fields = line.split(" ");
        if (!line.startsWith("#") && !fields[column].equals("-")) {
          numbers.put(fields[0], Integer.parseInt(fields[column]));
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(resource + " is not readable", e);
    }
    return Map.copyOf(numbers);
  }
}
