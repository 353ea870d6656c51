package io.hawser.system;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.Arrays;

/** Classes of this project outside of some of its packages. */
final class OurClasses extends DescribedPredicate<JavaClass> {
  private final String[] except;

  OurClasses(String... except) {
    super("are ours, outside of " + Arrays.toString(except));
    this.except = except;
  }

  OurClasses andNotIn(String... packages) {
    return new OurClasses(packages);
  }

  @Override
  public boolean test(JavaClass type) {
    return type.getPackageName().startsWith("io.hawser")
        && Arrays.stream(except).noneMatch(p -> isIn(type.getPackageName(), p));
  }

  private static boolean isIn(String name, String parent) {
    return name.equals(parent) || name.startsWith(parent + ".");
  }
}
