package io.hawser.scheduler.core;

import java.util.Set;
import java.util.TreeSet;

/** Numbers as Kubernetes writes them in a job's status: {@code 0-3,7}. */
final class IndexRanges {
  private IndexRanges() {}

  static Set<Integer> parse(String text) {
    Set<Integer> all = new TreeSet<>();
    if (text.isEmpty()) {
      return all;
    }
    for (String range : text.split(",")) {
      String[] ends = range.split("-");
      int last = Integer.parseInt(ends[ends.length - 1]);
      for (int i = Integer.parseInt(ends[0]); i <= last; i++) {
        all.add(i);
      }
    }
    return all;
  }

  static String text(Set<Integer> numbers) {
    StringBuilder text = new StringBuilder();
    int first = -2;
    int last = -2;
    for (int n : new TreeSet<>(numbers)) {
      if (n != last + 1) {
        append(text, first, last);
        first = n;
      }
      last = n;
    }
    append(text, first, last);
    return text.toString();
  }

  private static void append(StringBuilder text, int first, int last) {
    if (first >= 0) {
      text.append(text.isEmpty() ? "" : ",").append(first);
      text.append(last == first ? "" : (last == first + 1 ? "," : "-") + last);
    }
  }
}
