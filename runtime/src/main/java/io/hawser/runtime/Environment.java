package io.hawser.runtime;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A container's environment: defaults, the image's entries, the spec's, in rising precedence. */
final class Environment {
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private Environment() {}

  /**
   * @return entries {@code NAME=value}
   */
  static List<String> of(
      List<String> image, Map<String, String> spec, String hostname, String home, boolean tty) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("PATH", PATH);
    all.put("HOSTNAME", hostname);
    all.put("HOME", home);
    if (tty) {
      all.put("TERM", "xterm");
    }
    for (String entry : image) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        all.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    all.putAll(spec);
    return all.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
  }
}
