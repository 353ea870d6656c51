package io.hawser.model;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.stream.Stream;

/** A component of a record, read without copies: pods have some eighty, and are looked at often. */
public final class RecordPart {
  private static final MethodType ANY = MethodType.methodType(Object.class, Object.class);

  /** Asking a class for its components makes copies of them: dear, once for every pod. */
  private static final ClassValue<List<RecordPart>> PARTS =
      new ClassValue<>() {
        @Override
        protected List<RecordPart> computeValue(Class<?> type) {
          return Stream.of(type.getRecordComponents()).map(RecordPart::new).toList();
        }
      };

  private final String name;
  private final MethodHandle accessor;

  private RecordPart(RecordComponent component) {
    Method method = component.getAccessor();
    method.setAccessible(true);
    this.name = component.getName();
    try {
      this.accessor = MethodHandles.lookup().unreflect(method).asType(ANY);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("was made accessible: " + method, e);
    }
  }

  /** In the order of their declaration. */
  public static List<RecordPart> of(Class<?> record) {
    return PARTS.get(record);
  }

  public String name() {
    return name;
  }

  public Object read(Record record) {
    try {
      // A handle costs a third of what Method.invoke does.
      return (Object) accessor.invokeExact((Object) record);
    } catch (Throwable e) {
      throw new IllegalStateException("accessors of records throw nothing: " + name, e);
    }
  }
}
