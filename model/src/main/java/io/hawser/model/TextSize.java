package io.hawser.model;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * How many characters a record is as text, roughly its size when written and on the heap. Counts
 * without writing: it is asked of every pod that is made.
 */
public final class TextSize {
  private TextSize() {}

  public static int of(Record record) {
    return sizeOf(record);
  }

  private static int sizeOf(Object value) {
    if (value instanceof String text) {
      return sizeOfText(text.length());
    }
    int size = 2;
    if (value instanceof Record record) {
      for (RecordPart part : RecordPart.of(record.getClass())) {
        size += sizeOfText(part.name().length()) + sizeOf(part.read(record));
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
}
