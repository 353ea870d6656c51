package io.hawser.benchmarks.jmh;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.ContainerSpec;
import io.hawser.runtime.kernel.Arch;
import io.hawser.runtime.launch.BundleConfig;
import io.hawser.runtime.launch.Capability;
import io.hawser.runtime.launch.ContainerLaunch;
import io.hawser.runtime.launch.ContainerPlan;
import io.hawser.runtime.launch.LaunchPlan;
import io.hawser.runtime.launch.OciLaunch;
import io.hawser.runtime.launch.ProcessSpec;
import io.hawser.runtime.oci.OciPreview;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A web server's container, as a node would start it: two image layers, four cgroup hierarchies,
 * two volumes, Docker's protected paths, default rights and filter; and the same as an OCI bundle.
 * Of its files only the bundle's and the volumes' exist.
 */
@State(Scope.Benchmark)
public class LaunchInputs {
  Arch arch;
  String kernelRelease;
  ContainerLaunch launch;
  LaunchPlan plan;
  String seccompProfile;
  Path bundle;
  Path bundleState;
  OciLaunch bundleLaunch;

  @Setup(Level.Trial)
  public void make() throws IOException {
    arch = Arch.current();
    kernelRelease = System.getProperty("os.version");
    bundle = Files.createTempDirectory("hawser-jmh-");
    bundleState = bundle.resolve("state");
    Path site = Files.createDirectory(bundle.resolve("site"));
    Path settings = Files.createFile(bundle.resolve("nginx.conf"));
    launch = webServer(site, settings);
    plan = ContainerPlan.of(launch, arch);
    ObjectNode config = BundleConfig.of(launch, placement(), arch);
    seccompProfile = config.at("/linux/seccomp").toString();
    Files.createDirectory(bundle.resolve("rootfs"));
    new ObjectMapper().writeValue(bundle.resolve("config.json").toFile(), config);
    bundleLaunch = OciPreview.of(bundle, bundleState);
  }

  @TearDown(Level.Trial)
  public void remove() throws IOException {
    for (String file : List.of("config.json", "rootfs", "site", "nginx.conf")) {
      Files.delete(bundle.resolve(file));
    }
    Files.delete(bundle);
  }

  private static BundleConfig.Placement placement() {
    return new BundleConfig.Placement(
        Path.of("rootfs"),
        "/hawser/pod/web.0",
        Optional.empty(),
        false,
        new ContainerSpec.Limits(100, 1000, 64L << 20, 64));
  }

  private static ContainerLaunch webServer(Path site, Path settings) {
    Path home = Path.of("/var/lib/hawser/pods/pod/web.0");
    Path namespaces = Path.of("/run/hawser/namespaces");
    List<String> controllers = List.of("cpu", "memory", "pids", "devices");
    return new ContainerLaunch(
        controllers.stream()
            .map(c -> Path.of("/sys/fs/cgroup", c, "hawser/pod/web.0/cgroup.procs"))
            .toList(),
        new ContainerLaunch.Namespaces(
            Optional.of(namespaces.resolve("pod.net")),
            Optional.of(namespaces.resolve("pod.ipc")),
            namespaces.resolve("pod.uts")),
        new ContainerLaunch.Root(
            List.of(Path.of("/var/lib/hawser/layers/2"), Path.of("/var/lib/hawser/layers/1")),
            home.resolve("upper"),
            home.resolve("work"),
            Path.of("/run/hawser/root"),
            false),
        controllers.stream().map(c -> new ContainerLaunch.CgroupView(List.of(c))).toList(),
        List.of(
            new ContainerLaunch.Volume(site.toString(), "/usr/share/nginx/html", true, true),
            new ContainerLaunch.Volume(settings.toString(), "/etc/nginx/nginx.conf", true, false)),
        List.of("/proc/kcore", "/proc/keys", "/proc/interrupts", "/proc/timer_list"),
        List.of("/proc/acpi", "/proc/scsi", "/sys/firmware"),
        List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"),
        process(),
        false);
  }

  private static ProcessSpec process() {
    return new ProcessSpec(
        List.of("nginx", "-g", "daemon off;"),
        List.of(
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOSTNAME=web-0",
            "HOME=/root",
            "NGINX_VERSION=1.27.0"),
        "/",
        0,
        0,
        List.of(),
        Capability.DEFAULT,
        true);
  }
}
