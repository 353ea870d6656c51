package io.hawser.benchmarks.jmh;

import io.hawser.runtime.launch.ContainerPlan;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.OciLaunch;
import io.hawser.runtime.launch.OciPlan;
import io.hawser.runtime.launch.SeccompFilter;
import io.hawser.runtime.oci.OciPreview;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The runtime's own part of a start, without the kernel: in a JVM of its own for each, the times of
 * single calls sampled for five seconds after three of warming up.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LaunchMicrobenchmarks {

  /** The default filter is compiled already: it is kept for each set of capabilities. */
  @Benchmark
  public LaunchPlan containerPlan(LaunchInputs in) {
    return ContainerPlan.of(in.launch, in.arch);
  }

  @Benchmark
  public byte[] encode(LaunchInputs in) {
    return in.plan.encode(in.arch);
  }

  /** Of the default filter's own document, from its text to BPF. */
  @Benchmark
  public SeccompFilter seccompCompile(LaunchInputs in) {
    return SeccompFilter.compile(
        in.seccompProfile, in.arch, in.launch.process().capabilities(), in.kernelRelease);
  }

  /** Read from the page cache, parsed, checked, resolved. */
  @Benchmark
  public OciLaunch ociConfig(LaunchInputs in) {
    return OciPreview.of(in.bundle, in.bundleState);
  }

  /** The bundle's filter is compiled already, as with the second container of a profile. */
  @Benchmark
  public LaunchPlan ociPlan(LaunchInputs in) {
    return OciPlan.of(in.bundleLaunch, in.arch);
  }
}
