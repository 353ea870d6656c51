package io.hawser.gateway.wire;

import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads the data of config maps and secrets. An error never repeats a value: it may be secret. */
public final class DataFields {
  private static final Pattern KEY = Pattern.compile("[-._a-zA-Z0-9]{1,253}");

  private DataFields() {}

  /** Texts by key. */
  public static Map<String, String> text(Fields root, String field) {
    Map<String, String> data = root.stringMap(field);
    data.keySet().forEach(key -> checkKey(root, field, key));
    return data;
  }

  /** Base64 by key; white space in it, as tools wrap it, is taken out. */
  public static Map<String, String> base64(Fields root, String field) {
    Map<String, String> read = new TreeMap<>();
    text(root, field)
        .forEach(
            (key, value) -> {
              String plain = value.replaceAll("\\s", "");
              if (isBase64(plain)) {
                read.put(key, plain);
              } else {
                root.causes().invalid(root.path(field + "." + key), "…", "must be Base64");
              }
            });
    return read;
  }

  private static boolean isBase64(String value) {
    try {
      Base64.getDecoder().decode(value);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static void checkKey(Fields root, String field, String key) {
    boolean fits = KEY.matcher(key).matches() && !key.equals(".") && !key.startsWith("..");
    if (!fits) {
      root.causes()
          .invalid(
              root.path(field),
              key,
              "a key must be at most 253 letters, digits, '-', '_' or '.', and no '..'");
    }
  }
}
