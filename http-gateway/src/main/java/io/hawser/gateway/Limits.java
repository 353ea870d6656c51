package io.hawser.gateway;

import java.time.Duration;

/** The bounds of one gateway. */
public final class Limits {
  /** Largest request body. */
  public static final int MAX_BODY_BYTES = 1024 * 1024;

  /** So much of a refused body is read away, so that its client hears why; then it is cut off. */
  public static final int MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

  /** Longest path and query; label selectors can be long. */
  public static final int MAX_URI_BYTES = 16 * 1024;

  /** A body has to arrive within. */
  public static final Duration BODY_TIMEOUT = Duration.ofSeconds(10);

  /** The scheduler has to answer a write within. */
  public static final Duration WRITE_TIMEOUT = Duration.ofSeconds(10);

  /**
   * After so long the same request goes to whoever is the scheduler then. A hand-over can lose two
   * in a row: the one that was on its way to the old scheduler, and the one before its end is
   * known.
   */
  public static final Duration WRITE_ATTEMPT = Duration.ofMillis(400);

  /**
   * So many attempts of that length; each further one may take twice as long as the one before, so
   * that a slow scheduler is not asked faster than it answers.
   */
  public static final int WRITE_QUICK_ATTEMPTS = 4;

  /**
   * Writes at a time that wait for the scheduler; one more gets 429 and is asked to come again
   * after a second. Eight gateways at their bound are what the scheduler lets wait.
   */
  public static final int MAX_WRITES = 512;

  /** The replica has to show a write within; after that the answer is made without it. */
  public static final Duration REPLICA_TIMEOUT = Duration.ofSeconds(5);

  /** A node has to open a log or a command's streams within. */
  public static final Duration NODE_TIMEOUT = Duration.ofSeconds(5);

  /** A plan or an explanation is worked out within; less than a client of ours waits. */
  public static final Duration PLAN_TIMEOUT = Duration.ofSeconds(12);

  /** Watches, followed logs and commands at a time; one more gets 429. */
  public static final int MAX_STREAMS = 1_000;

  /** A list of more objects is written piece by piece, as its client takes it. */
  public static final int WHOLE_LIST = 16;

  /** What is written of such a list before the client takes it. */
  public static final int LIST_PIECE_BYTES = 64 * 1024;

  /** Changes a slow watcher may be behind; then its watch ends and it lists again. */
  public static final int WATCH_BUFFER = 2 * 4_096;

  /** What those may keep of objects that are not so any more, in characters. */
  public static final long WATCH_BUFFER_CHARS = Runtime.getRuntime().maxMemory() / 50;

  /** A watch lasts at most, and so long unless its client asks for less. */
  public static final Duration MAX_WATCH = Duration.ofHours(1);

  /** A quiet connection is closed after: longer than any watch, so that none is cut. */
  public static final Duration IDLE_TIMEOUT = MAX_WATCH.plusMinutes(5);

  /** Bookmarks of the replica, about one a second, for one sent to a client. */
  public static final int BOOKMARK_EVERY = 10;

  /** A patch that lost a race is tried so often in all. */
  public static final int PATCH_ATTEMPTS = 5;

  /** Open connections; one more waits. */
  public static final int MAX_CONNECTIONS = 2_048;

  /**
   * Connections the kernel holds until they are accepted, listen(2): as many as writes may wait.
   */
  public static final int BACKLOG = 1_024;

  /** Running requests get so long when the gateway stops. */
  public static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

  private Limits() {}
}
