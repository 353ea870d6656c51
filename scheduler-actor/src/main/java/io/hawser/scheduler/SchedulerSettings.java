package io.hawser.scheduler;

import com.typesafe.config.Config;
import io.hawser.cluster.SteadyClock;
import io.hawser.scheduler.core.placement.PlacementSettings;
import java.time.Clock;
import java.time.Duration;
import org.apache.pekko.actor.typed.BackoffSupervisorStrategy;
import org.apache.pekko.actor.typed.SupervisorStrategy;

/**
 * The scheduler's named numbers, and what a test replaces.
 *
 * @param journalPlugin config path of the journal, from {@code hawser.scheduler.journal-plugin}
 * @param snapshotPlugin config path of the snapshot store, from {@code
 *     hawser.scheduler.snapshot-plugin}
 * @param placement policy and weights from {@code hawser.scheduler.placement} and {@code
 *     hawser.scheduler.placement-weights}, extensions from the class path and {@code
 *     hawser.scheduler.plugins}
 * @param autoscaleEvery how often autoscalers look, from {@code hawser.scheduler.autoscale-every}
 * @param rebalanceMovesPerMinute from {@code hawser.scheduler.rebalance-moves-per-minute}; 0: pods
 *     are moved only when somebody asks
 * @param snapshotEveryEvents a snapshot of the state is stored after at least so many events, later
 *     when the state is large ({@link SnapshotSpacing}), and the events before the one before it
 *     dropped; from {@code hawser.scheduler.snapshot-every-events}
 * @param stateChars no request makes all objects together longer than this, as text; from {@code
 *     hawser.scheduler.state-bytes}, or a share of the heap
 */
public record SchedulerSettings(
    String journalPlugin,
    String snapshotPlugin,
    Clock clock,
    PlacementSettings placement,
    Duration autoscaleEvery,
    int rebalanceMovesPerMinute,
    int snapshotEveryEvents,
    long stateChars) {
  /** Most moves a minute that may be set. */
  static final int MAX_REBALANCE_MOVES_PER_MINUTE = 60;

  /** The journal that this system's own replicas keep. */
  static final String REPLICATED_JOURNAL = "hawser.journal";

  public SchedulerSettings {
    if (rebalanceMovesPerMinute < 0 || rebalanceMovesPerMinute > MAX_REBALANCE_MOVES_PER_MINUTE) {
      throw new IllegalArgumentException(
          "hawser.scheduler.rebalance-moves-per-minute: %d is not from 0 to %d"
              .formatted(rebalanceMovesPerMinute, MAX_REBALANCE_MOVES_PER_MINUTE));
    }
  }

  /** Deadlines are looked at, and subscribers told that all is quiet, this often. */
  static final Duration TICK_INTERVAL = Duration.ofSeconds(1);

  /** The least; {@link SnapshotSpacing} makes more of it for a large state. */
  static final int SNAPSHOT_EVERY_EVENTS = 1_000;

  /**
   * What all objects may take. Every node has them once as they are; in the journal's replica there
   * are two snapshots, one that is being written, and the events between; and who recovers or joins
   * reads them from a message. At a restart a node needed up to nine times their size.
   */
  static final int STATE_HEAP_PERCENT = 6;

  /** Commands that wait while a write is under way; more are dropped and their askers time out. */
  static final int MAX_WAITING_COMMANDS = 4_096;

  private static final Duration RESTART_MIN_BACKOFF = Duration.ofMillis(200);
  private static final Duration RESTART_MAX_BACKOFF = Duration.ofSeconds(5);
  private static final double RESTART_JITTER = 0.2;

  /** How often a scheduler that may not begin yet looks again. */
  static final Duration BEGIN_RETRY = Duration.ofMillis(200);

  /**
   * A scheduler that finds another one's take-over in the journal waits for so long before it ends:
   * the journal may have been restored from a backup, and whoever did that is about to say so.
   */
  static final Duration WORD_OF_RESTORE = Duration.ofSeconds(2);

  /** Every node is told its assignment's version this often, so that a lost delta is noticed. */
  static final Duration ASSIGNMENT_CHECK_INTERVAL = Duration.ofSeconds(5);

  /** Kubernetes' period between two looks of its autoscalers. */
  static final Duration AUTOSCALE_EVERY = Duration.ofSeconds(15);

  /** A node that has not said by then what its containers use is not waited for. */
  static final Duration USAGE_ANSWER = Duration.ofSeconds(3);

  /** Plans and explanations worked out at a time; one more is refused. */
  static final int MAX_PLANS = 4;

  public SchedulerSettings(String journalPlugin, String snapshotPlugin, Clock clock) {
    this(
        journalPlugin,
        snapshotPlugin,
        clock,
        PlacementSettings.DEFAULT,
        AUTOSCALE_EVERY,
        0,
        SNAPSHOT_EVERY_EVENTS,
        shareOfHeap());
  }

  /**
   * @throws IllegalArgumentException for an unknown policy, or moves per minute out of bounds
   */
  public static SchedulerSettings from(Config config) {
    return new SchedulerSettings(
        orElse(config, "hawser.scheduler.journal-plugin", REPLICATED_JOURNAL),
        orElse(config, "hawser.scheduler.snapshot-plugin", "hawser.snapshot-store"),
        new SteadyClock(),
        PlacementExtensions.load(
            orElse(config, "hawser.scheduler.placement", "spread"),
            orElse(config, "hawser.scheduler.placement-weights", ""),
            orElse(config, "hawser.scheduler.plugins", "")),
        config.hasPath("hawser.scheduler.autoscale-every")
            ? config.getDuration("hawser.scheduler.autoscale-every")
            : AUTOSCALE_EVERY,
        Integer.parseInt(orElse(config, "hawser.scheduler.rebalance-moves-per-minute", "0")),
        Integer.parseInt(
            orElse(
                config,
                "hawser.scheduler.snapshot-every-events",
                String.valueOf(SNAPSHOT_EVERY_EVENTS))),
        config.hasPath("hawser.scheduler.state-bytes")
            ? config.getBytes("hawser.scheduler.state-bytes")
            : shareOfHeap());
  }

  private static long shareOfHeap() {
    return Runtime.getRuntime().maxMemory() / 100 * STATE_HEAP_PERCENT;
  }

  /** Before a run that failed is followed by the next. */
  static BackoffSupervisorStrategy pause() {
    return SupervisorStrategy.restartWithBackoff(
        RESTART_MIN_BACKOFF, RESTART_MAX_BACKOFF, RESTART_JITTER);
  }

  private static String orElse(Config config, String path, String otherwise) {
    return config.hasPath(path) ? config.getString(path) : otherwise;
  }
}
