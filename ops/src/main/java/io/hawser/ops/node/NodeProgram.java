package io.hawser.ops.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.Roles;
import io.hawser.runtime.ContainerRuntime;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a node's program. The actor system inside may come and go: a member that was removed
 * from the cluster (frozen, cut off) has stopped its containers, and joins again as a new member.
 */
public final class NodeProgram {
  private static final Logger log = LoggerFactory.getLogger(NodeProgram.class);

  /** Pause before a removed member joins again. */
  static final Duration REJOIN_PAUSE = Duration.ofSeconds(1);

  /** How long the first seed looks for an existing cluster. */
  static final Duration FIRST_SEED_PATIENCE = Duration.ofSeconds(12);

  /** After which the other nodes ask the seeds again. */
  static final Duration SEED_RETRY = Duration.ofSeconds(1);

  /** Longest a stop by signal may take; what still runs then is the guard's. */
  static final Duration STOP_BOUND = Duration.ofSeconds(25);

  private final NodeOptions options;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile boolean stopping;
  private volatile ActorSystem<Void> system;
  private volatile int exitCode;

  public NodeProgram(NodeOptions options) {
    this.options = options;
  }

  /** Runs until a signal; returns the exit code. */
  public int run() throws IOException {
    Files.createDirectories(options.dir());
    try (FileChannel file = lockFile();
        FileLock lock = file.tryLock()) {
      if (lock == null) {
        System.err.printf("hawser: another node runs in %s%n", options.dir());
        return 1;
      }
      Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndHalt, "stop"));
      return serve();
    }
  }

  /** Asks for a clean stop from another thread; {@link #run} then returns. */
  void stop() {
    stopping = true;
    ActorSystem<Void> running = system;
    if (running != null) {
      CoordinatedShutdown.get(running).runAll(CoordinatedShutdown.jvmExitReason());
    }
  }

  private int serve() {
    try {
      while (!stopping) {
        Optional<String> failure = serveOnce();
        if (failure.isPresent()) {
          System.err.println("hawser: " + failure.get());
          exitCode = 1;
          break;
        }
        if (!stopping) {
          log.warn("no longer a member of the cluster; joining again");
          pause();
        }
      }
      return exitCode;
    } finally {
      stopped.countDown();
    }
  }

  /** One membership, from joining to the end of the actor system. */
  private Optional<String> serveOnce() {
    Optional<ContainerRuntime> runtime = Optional.empty();
    Optional<ImageService> images = Optional.empty();
    try {
      if (options.has(Roles.WORKER)) {
        runtime = Optional.of(openRuntime());
        images = Optional.of(ImageService.start(options));
      }
      NodeSystem.Started started =
          NodeSystem.start(options, config(), runtime, images.map(ImageService::settings));
      system = started.system();
      if (stopping) {
        stop();
      }
      system.getWhenTerminated().toCompletableFuture().join();
      return started.failure();
    } catch (RuntimeException e) {
      log.error("the node failed", e);
      return Optional.of(rootMessage(e));
    } finally {
      images.ifPresent(ImageService::close);
      runtime.ifPresent(this::letGo);
    }
  }

  /** A clean stop has stopped the pods and leaves nothing; else a successor takes them over. */
  private void letGo(ContainerRuntime runtime) {
    if (stopping) {
      runtime.purge();
    } else {
      runtime.close();
    }
  }

  private ContainerRuntime openRuntime() {
    return ContainerRuntime.open(
        NodeRuntime.config(
            options.name(),
            options.dir(),
            options.imageDir(),
            options.podSubnet(),
            options.restartWindow()));
  }

  private Config config() {
    List<Config> layers = new ArrayList<>();
    layers.add(
        ClusterConfig.member(
            options.listen(), options.port(), List.copyOf(options.roles()), options.join()));
    layers.add(
        ConfigFactory.parseString(
            """
            pekko.coordinated-shutdown { exit-jvm = off, run-by-jvm-shutdown-hook = off }
            pekko.jvm-shutdown-hooks = off
            pekko.cluster.seed-node-timeout = %d s
            pekko.loggers = ["org.apache.pekko.event.slf4j.Slf4jLogger"]
            pekko.logging-filter = "org.apache.pekko.event.slf4j.Slf4jLoggingFilter"
            """
                .formatted(seedTimeout().toSeconds())));
    if (options.isController()) {
      layers.add(StoreConfig.of(options));
    }
    return ClusterConfig.load(
        layers.stream().reduce(ConfigFactory.empty(), (all, layer) -> layer.withFallback(all)));
  }

  /**
   * The first seed forms a new cluster when no other one has answered for this long. One that is
   * back after a crash must not do so while the others are merely slow to answer: there would be
   * two clusters. Seeds that answer "not yet" end its wait at once, so a common start is not
   * slower. The others only ask again after this time.
   */
  private Duration seedTimeout() {
    boolean first = options.join().get(0).equals(options.listen() + ":" + options.port());
    return first ? FIRST_SEED_PATIENCE : SEED_RETRY;
  }

  private FileChannel lockFile() throws IOException {
    Path file = options.dir().resolve("agent.lock");
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /** Runs in the JVM's shutdown; halting here makes a clean stop exit with 0, not 143. */
  private void stopAndHalt() {
    if (stopped.getCount() == 0) {
      return;
    }
    try {
      stop();
      boolean clean = stopped.await(STOP_BOUND.toMillis(), TimeUnit.MILLISECONDS);
      Runtime.getRuntime().halt(clean ? exitCode : 1);
    } catch (InterruptedException e) {
      Runtime.getRuntime().halt(1);
    }
  }

  private void pause() {
    try {
      Thread.sleep(REJOIN_PAUSE.toMillis());
    } catch (InterruptedException e) {
      stopping = true;
    }
  }

  private static String rootMessage(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
