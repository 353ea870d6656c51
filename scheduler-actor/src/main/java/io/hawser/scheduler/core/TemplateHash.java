package io.hawser.scheduler.core;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A short name for a template, the same in every JVM: maps are hashed in the order of their keys,
 * whose order in memory differs from run to run. Templates are compared by value, never by hash, so
 * a later version may hash differently without rolling anything out.
 */
final class TemplateHash {
  private static final int LENGTH = 10;

  /** Asking a class for its components makes copies of them: dear, once for every pod. */
  private static final ClassValue<List<Component>> COMPONENTS =
      new ClassValue<>() {
        @Override
        protected List<Component> computeValue(Class<?> type) {
          return Stream.of(type.getRecordComponents()).map(Component::of).toList();
        }
      };

  /**
   * @param nameSize of the name as text
   */
  private record Component(String name, int nameSize, MethodHandle accessor) {
    private static final MethodType ANY = MethodType.methodType(Object.class, Object.class);

    static Component of(RecordComponent component) {
      Method accessor = component.getAccessor();
      accessor.setAccessible(true);
      try {
        MethodHandle handle = MethodHandles.lookup().unreflect(accessor).asType(ANY);
        return new Component(component.getName(), sizeOf(component.getName()), handle);
      } catch (IllegalAccessException e) {
        throw new IllegalStateException("was made accessible: " + accessor, e);
      }
    }

    Object read(Record record) {
      try {
        // A handle costs a third of what Method.invoke does; a pod has some eighty components.
        return (Object) accessor.invokeExact((Object) record);
      } catch (Throwable e) {
        throw new IllegalStateException("accessors of records throw nothing: " + name, e);
      }
    }
  }

  private TemplateHash() {}

  /**
   * @param salt another hash for the same template, should one be taken by a different template
   */
  static String of(Record template, int salt) {
    StringBuilder canonical = new StringBuilder();
    write(template, canonical);
    byte[] digest = sha256(canonical.append(salt).toString());
    StringBuilder hash = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      hash.append(Identities.ALPHABET.charAt(Math.floorMod(digest[i], 27)));
    }
    return hash.toString();
  }

  /**
   * How many characters a template (or a pod's spec) is as text, roughly its size when written.
   * Counts without writing: it is asked of every pod that is made.
   */
  static int size(Record template) {
    return sizeOf(template);
  }

  private static int sizeOf(Object value) {
    if (value instanceof String text) {
      return sizeOfText(text.length());
    }
    int size = 2;
    if (value instanceof Record record) {
      for (Component component : COMPONENTS.get(record.getClass())) {
        size += component.nameSize() + sizeOf(component.read(record));
      }
    } else if (value instanceof Optional<?> optional) {
      size += optional.isPresent() ? sizeOf(optional.get()) : 0;
    } else if (value instanceof Long number && number >= 0) {
      size = sizeOfText(digits(number));
    } else if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        size += sizeOf(entry.getKey()) + sizeOf(entry.getValue());
      }
    } else if (value instanceof Collection<?> list) {
      for (Object element : list) {
        size += sizeOf(element);
      }
    } else {
      size = sizeOfText(String.valueOf(value).length());
    }
    return size;
  }

  /** With the length before it and a colon. */
  private static int sizeOfText(int length) {
    return length + 1 + digits(length);
  }

  private static int digits(long number) {
    int digits = 1;
    for (long rest = number / 10; rest > 0; rest /= 10) {
      digits++;
    }
    return digits;
  }

  private static void write(Object value, StringBuilder out) {
    if (value instanceof Record record) {
      writeRecord(record, out);
    } else if (value instanceof Map<?, ?> map) {
      out.append('{');
      new TreeMap<>(map).forEach((k, v) -> pair(k, v, out));
      out.append('}');
    } else if (value instanceof Collection<?> list) {
      out.append('[');
      list.forEach(element -> write(element, out));
      out.append(']');
    } else if (value instanceof Optional<?> optional) {
      write(optional.map(List::of).orElse(List.of()), out);
    } else {
      String text = String.valueOf(value);
      out.append(text.length()).append(':').append(text);
    }
  }

  private static void pair(Object key, Object value, StringBuilder out) {
    write(key, out);
    write(value, out);
  }

  private static void writeRecord(Record record, StringBuilder out) {
    out.append('(');
    for (Component component : COMPONENTS.get(record.getClass())) {
      pair(component.name(), component.read(record), out);
    }
    out.append(')');
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
