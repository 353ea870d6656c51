package io.hawser.scheduler.core;

import java.time.Duration;

/** The named bounds of the scheduler's decisions. */
public final class Limits {
  /**
   * Most pods that rollouts create, and most that they delete, in one decision. With creation,
   * placement and status that is at most about a megabyte of events.
   */
  public static final int MAX_PODS_PER_DECISION = 250;

  /**
   * Largest pod template, as text. A node's whole assignment, of 110 pods with the largest
   * template, still fits into one message.
   */
  public static final int MAX_TEMPLATE_CHARS = 16 * 1024;

  /** Largest object of a kind without events of its own, as text; Kubernetes' for its secrets. */
  public static final int MAX_OBJECT_CHARS = 1024 * 1024;

  /** Templates of the pods created in one decision, together; bounds the write. */
  static final long MAX_CREATED_CHARS_PER_DECISION = 1024 * 1024;

  /** Most changed reasons of pending pods written in one decision; the first one always is. */
  public static final int MAX_REASON_UPDATES_PER_DECISION = 100;

  /**
   * A deployment's pod that failed is replaced this long after it was created, at the earliest: a
   * template that always fails costs one pod in this time and replica, not a storm.
   */
  public static final Duration FAILED_POD_REPLACE_DELAY = Duration.ofSeconds(10);

  /** A refusal of pods that lasts is told again after this. */
  static final Duration REFUSAL_TOLD_AGAIN = Duration.ofMinutes(5);

  /** First and longest wait before a job's failed pod is replaced. */
  static final Duration JOB_RETRY_FIRST = Duration.ofSeconds(10);

  static final Duration JOB_RETRY_MAX = Duration.ofMinutes(6);

  /**
   * After this a lost node's containers have ended: twice the default window in which a guard waits
   * for an agent that died or is frozen. A node with a longer window breaks the promise for
   * stateful sets.
   */
  public static final Duration FENCE_BOUND = Duration.ofSeconds(30);

  /** So long a written-off pod is remembered, for the case that its node returns. */
  public static final Duration WRITTEN_OFF_KEPT = Duration.ofHours(1);

  /** So long it is remembered which architectures an image is for: its name may get another one. */
  public static final Duration IMAGE_FACTS_KEPT = Duration.ofHours(1);

  /** Most images that is remembered of; the oldest is forgotten first. */
  static final int MAX_IMAGE_FACTS = 1_000;

  /** Most pods on the move at once; a further eviction is one without a replacement first. */
  public static final int MAX_MOVES = 1_000;

  /** Most pods that one rebalancing moves. */
  public static final int MAX_REBALANCE_MOVES = 50;

  /** Most pods that one rebalancing looks at; it begins at the fullest, or emptiest, nodes. */
  public static final int MAX_REBALANCE_LOOKS = 2_000;

  /** A pod is moved for at least so many points: a tenth of a node's room. */
  public static final long MIN_REBALANCE_GAIN = 100;

  /** How long a pod that only scores better elsewhere waits for its replacement. */
  public static final Duration REBALANCE_PATIENCE = Duration.ofMinutes(5);

  /** How long an eviction waits for the replacement, when whoever asked named no deadline. */
  public static final Duration MOVE_PATIENCE = Duration.ofMinutes(10);

  /** How long a pod of higher priority waits until its victims have their replacements. */
  public static final Duration PREEMPTION_PATIENCE = Duration.ofSeconds(30);

  /** More rounds than any decision needs; beyond is a bug. */
  static final int MAX_ROUNDS = 50;

  private Limits() {}
}
