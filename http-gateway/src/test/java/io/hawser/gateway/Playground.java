package io.hawser.gateway;

import io.hawser.scheduler.SchedulerActor;
import java.nio.file.Files;
import java.nio.file.Path;

/** Keeps a gateway over a fake node running, to try clients against by hand. */
final class Playground {
  private Playground() {}

  public static void main(String[] args) throws Exception {
    GatewayFixture gateway = new GatewayFixture(SchedulerActor.create("n1"), true);
    Path directory = Files.createDirectories(Path.of(args[0]));
    Files.writeString(directory.resolve("kubeconfig"), gateway.kubeconfig());
    System.out.println("plain HTTP on port " + gateway.port());
    Thread.currentThread().join();
  }
}
