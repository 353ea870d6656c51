package io.hawser.examples.jvmservice;

import io.hawser.cluster.HawserClient;
import io.hawser.cluster.entity.DeploymentEntity.View;
import io.hawser.cluster.protocol.Answer;
import io.hawser.model.ObjectName;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Joins a Hawser cluster, scales one deployment through its sharded entity, prints every view of it
 * until all pods are there, and leaves. Exit code 0 when it got there, 1 otherwise, 2 for wrong
 * arguments.
 */
public final class ScaleAndWatch {
  /** How long the deployment may take to have all its pods. */
  private static final Duration COMPLETION_TIMEOUT = Duration.ofMinutes(5);

  private static final String USAGE =
      "usage: java -jar jvm-service.jar SEED[,SEED…] OWN_HOST:OWN_PORT NAMESPACE/DEPLOYMENT REPLICAS";

  /** The arguments of one run; a seed is {@code host:port} of a member. */
  private record Task(
      List<String> seeds, String host, int port, ObjectName deployment, int replicas) {

    static Task parse(String[] args) {
      if (args.length != 4) {
        throw new IllegalArgumentException("expected 4 arguments, got " + args.length);
      }
      int colon = args[1].lastIndexOf(':');
      if (colon <= 0) {
        throw new IllegalArgumentException("expected host:port, got " + args[1]);
      }
      return new Task(
          List.of(args[0].split(",")),
          args[1].substring(0, colon),
          Integer.parseInt(args[1].substring(colon + 1)),
          ObjectName.parse(args[2]),
          Integer.parseInt(args[3]));
    }
  }

  private ScaleAndWatch() {}

  public static void main(String[] args) {
    System.exit(run(args));
  }

  private static int run(String[] args) {
    Task task;
    try {
      task = Task.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage() + "\n" + USAGE);
      return 2;
    }
    try (HawserClient hawser = HawserClient.connect(task.host(), task.port(), task.seeds())) {
      scaleAndWatch(hawser, task);
      return 0;
    } catch (Exception e) {
      Throwable cause = e instanceof CompletionException ? e.getCause() : e;
      System.err.println("could not scale " + task.deployment() + ": " + cause.getMessage());
      return 1;
    }
  }

  private static void scaleAndWatch(HawserClient hawser, Task task) throws Exception {
    Answer answer =
        hawser.scale(task.deployment(), task.replicas()).toCompletableFuture().join();
    if (answer instanceof Answer.Refused refused) {
      throw new IllegalStateException(refused.refusal().message());
    }
    long since = ((Answer.Accepted) answer).revision();
    CompletableFuture<View> complete = new CompletableFuture<>();
    try (HawserClient.Following following =
        hawser.follow(
            task.deployment(),
            view -> {
              print(view);
              // A view from before the change may be complete too, with the old number.
              if (view.revision() >= since && view.isComplete()) {
                complete.complete(view);
              }
            })) {
      complete.get(COMPLETION_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "not complete after %d s".formatted(COMPLETION_TIMEOUT.toSeconds()), e);
    }
  }

  private static void print(View view) {
    System.out.printf(
        "%s revision=%d wanted=%s pods=%d updated=%d ready=%d available=%d%n",
        view.name(),
        view.revision(),
        view.spec().map(s -> String.valueOf(s.replicas())).orElse("-"),
        view.status().replicas(),
        view.status().updatedReplicas(),
        view.status().readyReplicas(),
        view.status().availableReplicas());
  }
}
