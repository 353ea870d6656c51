package io.hawser.persistence.tck;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Runs one of Pekko's ScalaTest suites from JUnit, with its report in a failure's message. */
final class TckRun {
  /** ScalaTest makes the suite itself, by its name: the configuration waits here. */
  static final AtomicReference<Config> CONFIG = new AtomicReference<>();

  private TckRun() {}

  static void assertGreen(Class<?> suite, Config config) {
    CONFIG.set(config);
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> arguments =
        Arrays.asList("-R", path.split(":")[0], "-s", suite.getName(), "-oW", "-P1");
    assertThat(org.scalatest.tools.Runner.run(arguments.toArray(String[]::new)))
        .as("%s is green; the report is on standard output", suite.getSimpleName())
        .isTrue();
  }
}
