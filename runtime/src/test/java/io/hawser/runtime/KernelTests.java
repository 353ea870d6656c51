package io.hawser.runtime;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.hawser.runtime.cgroup.CgroupLayout;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Runs test classes where there is no Maven: in the emulated machine of {@code ./dev vm-cgroup2}.
 * Exit code 1 when one fails or none ran. Arguments: class names; without any, those about cgroups.
 */
final class KernelTests {
  private static final List<String> ABOUT_CGROUPS =
      List.of(
          "io.hawser.runtime.cgroup.CgroupTest",
          "io.hawser.runtime.cgroup.DeviceFilterTest",
          LimitsTest.class.getName(),
          PauseTest.class.getName(),
          DelegationTest.class.getName(),
          RootlessTest.class.getName());

  private KernelTests() {}

  public static void main(String[] names) {
    System.out.println("cgroups: " + CgroupLayout.read().kind());
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(
                (names.length > 0 ? Stream.of(names) : ABOUT_CGROUPS.stream())
                    .map(name -> selectClass(name))
                    .toList())
            .build();
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, summary, new Progress());
    summary.getSummary().printFailuresTo(new PrintWriter(System.out, true), 30);
    long passed = summary.getSummary().getTestsSucceededCount();
    long failed = summary.getSummary().getTotalFailureCount();
    System.out.printf(
        "%d passed, %d failed, %d skipped%n",
        passed,
        failed,
        summary.getSummary().getTestsAbortedCount() + summary.getSummary().getTestsSkippedCount());
    System.exit(failed == 0 && passed > 0 ? 0 : 1);
  }

  private static final class Progress implements TestExecutionListener {
    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (test.isTest()) {
        String why = result.getThrowable().map(e -> ": " + e.getMessage()).orElse("");
        System.out.println(result.getStatus() + " " + test.getDisplayName() + why);
      }
    }
  }
}
