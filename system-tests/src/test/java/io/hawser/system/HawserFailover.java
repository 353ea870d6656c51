package io.hawser.system;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Hawser with its default settings. */
final class HawserFailover implements FailoverTarget {
  private final PartitionedNetwork network;

  HawserFailover() throws IOException {
    network = PartitionedNetwork.make();
  }

  @Override
  public void up() throws IOException {
    network.build();
    String web = Shell.home().resolve("examples/web.yaml").toString();
    FailoverTarget.until("the cluster", () -> network.hawser("apply", "-f", web).code() == 0);
    awaitSpread();
  }

  @Override
  public Optional<String> victim(Role role) {
    String scheduler = scheduler();
    String leader =
        network.api().get("/apis/hawser.io/v1/controllers").body().path("leader").asText();
    return network.names().stream()
        .filter(
            name ->
                switch (role) {
                  case WORKER -> !name.equals(scheduler) && !name.equals(leader);
                  case SCHEDULER -> name.equals(scheduler) && !name.equals(leader);
                  case LEADER -> name.equals(leader) && !name.equals(scheduler);
                  case BOTH -> name.equals(leader) && name.equals(scheduler);
                })
        .findFirst();
  }

  private String scheduler() {
    return network.api().get("/apis/hawser.io/v1/status").body().at("/scheduler/node").asText();
  }

  @Override
  public void fail(Fault fault, String victim) {
    switch (fault) {
      case KILL -> network.signal(victim, "KILL");
      case FREEZE -> network.signal(victim, "STOP");
      case CUT -> network.cut(victim);
    }
  }

  @Override
  public void heal(Fault fault, String victim) throws IOException, InterruptedException {
    switch (fault) {
      case KILL -> network.restart(victim);
      case FREEZE -> network.signal(victim, "CONT");
      case CUT -> network.heal(victim);
    }
  }

  @Override
  public boolean isLost(String victim) {
    return !isReady(network.apiOf(without(victim)), victim);
  }

  @Override
  public boolean isWholeWithout(String victim) {
    return readyPodsOn(network.apiOf(without(victim)), without(victim)) == PODS;
  }

  @Override
  public void awaitSpread() {
    FailoverTarget.until("all nodes", () -> network.names().stream().allMatch(this::isBack));
    network.hawser("rollout", "restart", "deployment/web").ok();
    network.hawser("rollout", "status", "deployment/web").ok();
    FailoverTarget.until(
        "pods on every node",
        () ->
            readyPodsOn(network.api(), network.names()) == PODS
                && network.names().stream()
                    .allMatch(n -> readyPodsOn(network.api(), List.of(n)) > 0));
  }

  /** As every gateway says: that of a node which was frozen knows nothing newer at first. */
  private boolean isBack(String node) {
    return network.names().stream().allMatch(asked -> isReady(network.apiOf(List.of(asked)), node));
  }

  /** Who leads and who schedules is another one after the loss of the scheduler's node. */
  @Override
  public void shuffle() throws IOException, InterruptedException {
    String scheduler = scheduler();
    network.kill(scheduler);
    FailoverTarget.until("the loss of " + scheduler, () -> isLost(scheduler));
    network.restart(scheduler);
    awaitSpread();
  }

  @Override
  public void close() throws IOException {
    network.close();
  }

  private List<String> without(String victim) {
    return network.names().stream().filter(n -> !n.equals(victim)).toList();
  }

  private static boolean isReady(Api api, String node) {
    return Api.items(api.get("/api/v1/nodes").body()).stream()
        .filter(n -> n.at("/metadata/name").asText().equals(node))
        .anyMatch(Api::isReady);
  }

  private static long readyPodsOn(Api api, List<String> nodes) {
    return api.readyPods().stream()
        .filter(p -> nodes.contains(p.at("/spec/nodeName").asText()))
        .count();
  }
}
