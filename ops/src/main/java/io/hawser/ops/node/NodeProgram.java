package io.hawser.ops.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.cluster.ClusterConfig;
import io.hawser.cluster.Roles;
import io.hawser.cluster.protocol.SecurityProtocol;
import io.hawser.cluster.security.RemotingTls;
import io.hawser.ops.local.DurableFiles;
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
import java.util.Map;
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

  /** How long who may form a cluster looks for an existing one. */
  static final Duration FORMING_PATIENCE = Duration.ofSeconds(12);

  /** After which the other nodes ask the seeds again. */
  static final Duration SEED_RETRY = Duration.ofSeconds(1);

  /** Longest a stop by signal may take; what still runs then is the guard's. */
  static final Duration STOP_BOUND = Duration.ofSeconds(25);

  private volatile NodeOptions options;

  /** In a node's directory: it was a controller and others have taken the journal from it. */
  static final String REMOVED = "removed-controller";

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
      try (DirectoryWatch watch =
          DirectoryWatch.start(lockPath(), DirectoryWatch.EVERY, this::directoryGone)) {
        return serve();
      }
    }
  }

  /**
   * What it would write down of its pods and the journal is lost: it leaves while it knows them.
   */
  private void directoryGone() {
    log.error(
        "{} was deleted while the node ran: it stops, and its pods go to other nodes",
        options.dir());
    exitCode = 1;
    stop();
  }

  /** Asks for a clean stop from another thread; {@link #run} then returns. */
  void stop() {
    stopping = true;
    ActorSystem<Void> running = system;
    if (running != null) {
      CoordinatedShutdown.get(running).runAll(CoordinatedShutdown.jvmExitReason());
    }
  }

  /**
   * Others keep the journal now: this node leaves, its pods go elsewhere, and it comes back without
   * the role. The same at its next start, whatever its command line says.
   */
  private void giveUpController() {
    try {
      DurableFiles.write(options.dir().resolve(REMOVED), new byte[0]);
    } catch (IOException e) {
      log.error("{} can't be written", options.dir().resolve(REMOVED), e);
    }
    ActorSystem<Void> running = system;
    if (running != null) {
      CoordinatedShutdown.get(running).runAll(CoordinatedShutdown.clusterLeavingReason());
    }
  }

  private NodeOptions present(NodeOptions asked) {
    return asked.isController() && Files.exists(asked.dir().resolve(REMOVED))
        ? asked.without(Roles.CONTROLLER)
        : asked;
  }

  private int serve() {
    DefaultTls.trustNobody();
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
    options = present(options);
    try {
      if (options.has(Roles.WORKER)) {
        runtime = Optional.of(openRuntime());
        images = Optional.of(ImageService.start(options));
      }
      NodeSystem.Started started =
          NodeSystem.start(
              options,
              config(),
              runtime,
              images.map(ImageService::settings),
              this::giveUpController);
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
                options.restartWindow())
            .with(
                NodeRuntime.runtimes(
                    System.getenv().getOrDefault(NodeRuntime.RUNTIMES_VARIABLE, ""))));
  }

  private Config config() {
    List<Config> layers = new ArrayList<>();
    // Joining is ClusterForming's.
    layers.add(
        ClusterConfig.member(
            options.listen(), options.port(), List.copyOf(options.roles()), List.of()));
    options
        .tlsDir()
        .ifPresent(
            dir ->
                layers.add(
                    RemotingTls.config(dir)
                        .withFallback(
                            ConfigFactory.parseMap(Map.of(SecurityProtocol.ENABLED, true)))));
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
   * Who forms a new cluster asks the others for so long first: one that is back after a crash must
   * not do so while they are merely slow to answer. Members that answer "not yet" end its wait at
   * once, so a common start is not slower.
   */
  private Duration seedTimeout() {
    return options.isController() ? FORMING_PATIENCE : SEED_RETRY;
  }

  private FileChannel lockFile() throws IOException {
    return FileChannel.open(lockPath(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private Path lockPath() {
    return options.dir().resolve("agent.lock");
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
