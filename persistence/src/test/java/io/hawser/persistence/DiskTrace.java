package io.hawser.persistence;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads what {@code strace -f -y -xx} wrote (strace(1)) back into steps. A call counts when it has
 * returned, what is said when it is begun: a flush that is under way has promised nothing, and an
 * acknowledgement may be read before the write of it returns.
 */
final class DiskTrace {
  private static final List<String> CALLS =
      List.of(
          "openat,open,creat,close,lseek,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate",
          "fallocate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat",
          "link,linkat,copy_file_range,sendfile");

  private final String root;
  private final List<DiskStep> steps = new ArrayList<>();
  private final Map<Integer, Long> offsets = new HashMap<>();
  private final Map<String, String> unfinished = new HashMap<>();

  private DiskTrace(Path root) {
    this.root = root.toString();
  }

  /** A command that runs another one and writes its trace to a file. */
  static List<String> command(Path file) {
    return List.of(
        "strace",
        "-f",
        "-y",
        "-xx",
        "-qq",
        "-s",
        "2097152",
        "--seccomp-bpf",
        "-e",
        "signal=none",
        "-e",
        "trace=" + String.join(",", CALLS),
        "-o",
        file.toString());
  }

  /** What the process did below {@code root}, and said. */
  static List<DiskStep> read(Path file, Path root) throws IOException {
    DiskTrace trace = new DiskTrace(root);
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        trace.line(line);
      }
    }
    return trace.steps;
  }

  private void line(String line) {
    int space = line.indexOf(' ');
    String thread = line.substring(0, space);
    String rest = line.substring(space).strip();
    if (rest.startsWith("<... ")) {
      String begun = unfinished.remove(thread);
      if (begun != null) {
        call(begun + rest.substring(rest.indexOf("resumed>") + "resumed>".length()));
      }
    } else if (rest.endsWith("<unfinished ...>")) {
      String begun = rest.substring(0, rest.length() - "<unfinished ...>".length());
      unfinished.put(thread, begun);
      say(begun);
    } else {
      say(rest);
      call(rest);
    }
  }

  private void say(String call) {
    if (call.startsWith("write(1<")) {
      steps.add(new DiskStep.Say(new String(strings(call).get(0), StandardCharsets.UTF_8)));
    }
  }

  private void call(String call) {
    int equals = call.lastIndexOf(") ");
    int result = call.indexOf("= ", Math.max(0, equals));
    if (result < 0 || call.startsWith("= -1", result) || call.startsWith("= ?", result)) {
      return;
    }
    String name = call.substring(0, call.indexOf('('));
    long value = leadingNumber(call.substring(result + 2));
    switch (name) {
      case "open", "openat", "creat" -> opened(call, (int) value);
      case "lseek" -> offsets.put((int) leadingNumber(arguments(call)), value);
      case "mkdir", "mkdirat" -> below(path(call), p -> steps.add(new DiskStep.MakeDirectory(p)));
      case "unlink", "unlinkat", "rmdir" ->
          below(path(call), p -> steps.add(new DiskStep.Delete(p)));
      case "rename", "renameat", "renameat2" -> renamed(strings(call));
      case "close" -> {}
      default -> below(file(call), p -> ofFile(name, call, p, value));
    }
  }

  private void opened(String call, int fd) {
    offsets.put(fd, 0L);
    boolean truncate = call.contains("O_TRUNC");
    if (call.contains("O_CREAT") || truncate) {
      below(path(call), p -> steps.add(new DiskStep.Create(p, truncate)));
    }
    if (call.contains("O_APPEND")) {
      below(path(call), p -> fail("appending opens are not modelled: " + p));
    }
  }

  private void renamed(List<byte[]> paths) {
    String from = text(paths.get(0));
    String to = text(paths.get(1));
    below(from, p -> steps.add(new DiskStep.Rename(from, to)));
  }

  private void ofFile(String name, String call, String path, long value) {
    int fd = (int) leadingNumber(arguments(call));
    switch (name) {
      case "write" -> {
        byte[] bytes = strings(call).get(0);
        steps.add(new DiskStep.Write(path, offsets.getOrDefault(fd, 0L), whole(bytes, value)));
        offsets.merge(fd, value, Long::sum);
      }
      case "pwrite64" ->
          steps.add(new DiskStep.Write(path, lastNumber(call), whole(strings(call).get(0), value)));
      case "ftruncate" -> steps.add(new DiskStep.Truncate(path, lastNumber(call)));
      case "fsync", "fdatasync" -> steps.add(new DiskStep.Flush(path));
      default -> fail(name + " of " + path + " is not modelled");
    }
  }

  private static byte[] whole(byte[] bytes, long written) {
    if (bytes.length != written) {
      fail("%d bytes traced of a write of %d".formatted(bytes.length, written));
    }
    return bytes;
  }

  private static void fail(String why) {
    throw new IllegalStateException(why);
  }

  private void below(String path, java.util.function.Consumer<String> step) {
    if (path != null && (path.equals(root) || path.startsWith(root + "/"))) {
      step.accept(path);
    }
  }

  private static String arguments(String call) {
    return call.substring(call.indexOf('(') + 1);
  }

  /** The file behind a first argument such as {@code 4<\x2f\x74>}. */
  private static String file(String call) {
    int from = call.indexOf('<');
    int to = call.indexOf('>');
    return from < 0 || to < from ? null : text(bytes(call.substring(from + 1, to)));
  }

  private static String path(String call) {
    List<byte[]> strings = strings(call);
    return strings.isEmpty() ? null : text(strings.get(0));
  }

  private static List<byte[]> strings(String call) {
    List<byte[]> found = new ArrayList<>();
    int from = call.indexOf('"');
    while (from >= 0) {
      int to = call.indexOf('"', from + 1);
      found.add(bytes(call.substring(from + 1, to)));
      from = call.indexOf('"', to + 1);
    }
    return found;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Of {@code \x68\x65…}. */
  private static byte[] bytes(String hex) {
    byte[] bytes = new byte[hex.length() / 4];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] =
          (byte)
              (Character.digit(hex.charAt(4 * i + 2), 16) << 4
                  | Character.digit(hex.charAt(4 * i + 3), 16));
    }
    return bytes;
  }

  private static long leadingNumber(String text) {
    int end = 0;
    while (end < text.length() && Character.isDigit(text.charAt(end))) {
      end++;
    }
    return Long.parseLong(text.substring(0, end));
  }

  private static long lastNumber(String call) {
    String arguments = call.substring(0, call.lastIndexOf(")"));
    return Long.parseLong(arguments.substring(arguments.lastIndexOf(',') + 1).strip());
  }
}
