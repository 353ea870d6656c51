package io.hawser.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The one member of a stateful set, watched as a process of this machine: it may be away, and must
 * never be there twice.
 */
final class Member {
  private static final long LOOK_NANOS = 100_000_000;

  /** Its command: nothing else on the machine sleeps for so long. */
  private static final String SECONDS = "86397";

  private final PartitionedNetwork network;
  private final Set<String> doubles = new ConcurrentSkipListSet<>();
  private final Set<Long> seen = new ConcurrentSkipListSet<>();

  private Member(PartitionedNetwork network) {
    this.network = network;
  }

  static Member apply(PartitionedNetwork network) throws IOException {
    Path file = network.dir().resolve("member.yaml");
    Files.writeString(
        file,
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: single}
        spec:
          replicas: 1
          serviceName: single
          selector: {matchLabels: {app: single}}
          template:
            metadata: {labels: {app: single}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - {name: main, image: "hawser/web:1", imagePullPolicy: Never, command: [sleep, "%s"]}
        """
            .formatted(SECONDS));
    network.hawser("apply", "-f", file.toString()).ok();
    Member member = new Member(network);
    await("the stateful set's member")
        .atMost(TestCluster.PATIENCE)
        .until(() -> !member.processes().isEmpty());
    return member;
  }

  void watch(BooleanSupplier more) {
    while (more.getAsBoolean()) {
      List<Long> now = processes();
      seen.addAll(now);
      if (now.size() > 1) {
        doubles.add("%s on %s".formatted(now, now.stream().map(Leftovers::cgroups).toList()));
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  void check() {
    System.out.printf("the stateful set's member was %d processes in turn%n", seen.size());
    assertThat(seen).isNotEmpty();
    assertThat(doubles).as("member of a stateful set ran twice").isEmpty();
  }

  private List<Long> processes() {
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> Leftovers.commandLine(pid).equals(List.of("sleep", SECONDS)))
        .filter(network::isContainer)
        .toList();
  }
}
