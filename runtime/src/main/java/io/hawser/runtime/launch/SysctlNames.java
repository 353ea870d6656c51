package io.hawser.runtime.launch;

import java.util.regex.Pattern;

/** Names of kernel parameters as sysctl(8) writes them. */
public final class SysctlNames {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_*-]+([./][A-Za-z0-9_*-]+)*");

  private SysctlNames() {}

  /**
   * The path below /proc/sys. The first separator decides: after a dot, dots separate and slashes
   * stand for dots; after a slash it is a path.
   *
   * @throws IllegalArgumentException for a name that could lead elsewhere
   */
  public static String path(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "sysctl \"" + name + "\": expected names separated by dots");
    }
    int dot = name.indexOf('.');
    int slash = name.indexOf('/');
    boolean isPath = slash >= 0 && (dot < 0 || slash < dot);
    if (isPath) {
      return name;
    }
    StringBuilder path = new StringBuilder();
    for (char c : name.toCharArray()) {
      path.append(c == '.' ? '/' : c == '/' ? '.' : c);
    }
    return path.toString();
  }
}
