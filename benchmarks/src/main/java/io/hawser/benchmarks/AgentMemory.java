package io.hawser.benchmarks;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What this JVM holds at one moment, by part. The heap must have one size and be touched as a whole
 * ({@code -Xms} = {@code -Xmx}, {@code -XX:+AlwaysPreTouch}): only then is a change of the process'
 * memory one beside the heap. {@code -XX:NativeMemoryTracking=summary} has the JVM count its own.
 */
final class AgentMemory {
  /** Full collections: the first leaves what was only softly or finally reachable. */
  private static final int COLLECTIONS = 3;

  /** A collection finds direct buffers that nobody holds; another thread then frees them. */
  private static final long CLEANERS_MILLIS = 300;

  private static final double KIB = 1024;

  enum Part {
    HEAP("live heap", "KiB"),
    BESIDE_HEAP("resident beside heap", "KiB"),
    TRACKED("JVM's own, committed", "KiB"),
    STACKS("threads' stacks", "KiB"),
    METASPACE("metaspace", "KiB"),
    CODE("compiled code", "KiB"),
    DIRECT("direct buffers", "KiB"),
    THREADS("threads", ""),
    DESCRIPTORS("descriptors", "");

    private final String label;
    private final String unit;

    Part(String label, String unit) {
      this.label = label;
      this.unit = unit;
    }

    String label() {
      return label;
    }

    String unit() {
      return unit;
    }
  }

  private AgentMemory() {}

  /**
   * @throws IllegalStateException when the JVM was not started as this measurement needs it
   */
  static void requireFlags() {
    HotSpotDiagnosticMXBean flags =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    String touched = flags.getVMOption("AlwaysPreTouch").getValue();
    String tracking = flags.getVMOption("NativeMemoryTracking").getValue();
    String first = flags.getVMOption("InitialHeapSize").getValue();
    String most = flags.getVMOption("MaxHeapSize").getValue();
    if (!touched.equals("true") || tracking.equals("off") || !first.equals(most)) {
      throw new IllegalStateException(
          "needs -Xms = -Xmx, -XX:+AlwaysPreTouch, -XX:NativeMemoryTracking=summary: ./dev bench"
              + " gives them");
    }
  }

  /** After full collections, and after the C library has given back what it holds free. */
  static Map<Part, Double> read() throws Exception {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      Thread.sleep(CLEANERS_MILLIS);
    }
    command("systemTrimNativeHeap");
    Map<Part, Double> parts = new EnumMap<>(Part.class);
    parts.put(Part.HEAP, liveHeap());
    parts.put(Part.BESIDE_HEAP, (double) numberAfter("/proc/self/smaps_rollup", "Pss:"));
    String tracked = command("vmNativeMemory", "summary", "scale=KB");
    parts.put(Part.TRACKED, committed(tracked, "Total: ") - committed(tracked, "Java Heap "));
    parts.put(Part.STACKS, committed(tracked, "Thread "));
    parts.put(Part.METASPACE, used("Metaspace"));
    parts.put(Part.CODE, used("Code"));
    parts.put(Part.DIRECT, direct());
    parts.put(Part.THREADS, (double) numberAfter("/proc/self/status", "Threads:"));
    parts.put(Part.DESCRIPTORS, (double) Path.of("/proc/self/fd").toFile().list().length);
    return parts;
  }

  /** What the last full collection left. */
  private static double liveHeap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .mapToLong(pool -> pool.getCollectionUsage().getUsed())
            .sum()
        / KIB;
  }

  private static double used(String pool) {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(p -> p.getType() == MemoryType.NON_HEAP && p.getName().startsWith(pool))
            .map(MemoryPoolMXBean::getUsage)
            .mapToLong(java.lang.management.MemoryUsage::getUsed)
            .sum()
        / KIB;
  }

  private static double direct() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum()
        / KIB;
  }

  /** As {@code jcmd}: https://docs.oracle.com/en/java/javase/17/docs/specs/man/jcmd.html. */
  private static String command(String name, String... arguments) {
    try {
      ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
      Object[] parameters = arguments.length == 0 ? new Object[0] : new Object[] {arguments};
      String[] types =
          arguments.length == 0 ? new String[0] : new String[] {String[].class.getName()};
      return (String)
          ManagementFactory.getPlatformMBeanServer().invoke(commands, name, parameters, types);
    } catch (JMException e) {
      throw new IllegalStateException("the JVM's command " + name + " failed", e);
    }
  }

  /** KiB of a line such as {@code Java Heap (reserved=1KB, committed=1KB)}. */
  private static double committed(String summary, String category) {
    Matcher line =
        Pattern.compile(Pattern.quote(category) + "\\(?reserved=\\d+KB, committed=(\\d+)KB")
            .matcher(summary);
    if (!line.find()) {
      throw new IllegalStateException("native memory has no line " + category + ": " + summary);
    }
    return Double.parseDouble(line.group(1));
  }

  private static long numberAfter(String file, String word) throws IOException {
    for (String line : Files.readAllLines(Path.of(file))) {
      if (line.startsWith(word)) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException(file + " has no " + word);
  }
}
