package io.hawser.node;

import java.time.Duration;

/** Every bound of a node: periods, time-outs, queues, pools. */
final class NodeLimits {
  /** A node that has no assignment yet registers this often. */
  static final Duration REGISTER_EVERY = Duration.ofSeconds(1);

  /** After its start a node waits this long for its adopted pods' states before it registers. */
  static final Duration ADOPTION_SETTLES_WITHIN = Duration.ofSeconds(2);

  /** Changes of pods are gathered this long before they are reported. */
  static final Duration REPORT_FLUSH = Duration.ofMillis(50);

  /** A report that was not accepted is sent again this often. */
  static final Duration REPORT_RESEND = Duration.ofSeconds(2);

  /** After so many unanswered reports the node registers again as well. */
  static final int RESENDS_UNTIL_REGISTER = 5;

  /** Failed steps of convergence (a sandbox that can't be removed) are tried again this often. */
  static final Duration CONVERGE_EVERY = Duration.ofSeconds(5);

  /** A container that could not be given another size is given it again this often. */
  static final Duration RESIZE_RETRY = Duration.ofSeconds(15);

  /** A pod's limited volumes are measured so long after each other, first and at last. */
  static final Duration VOLUME_MEASURE_FIRST = Duration.ofSeconds(1);

  static final Duration VOLUME_MEASURE_MAX = Duration.ofSeconds(10);

  /** A volume that could not be removed is tried again after so long, first and at last. */
  static final Duration VOLUME_REMOVE_FIRST = Duration.ofSeconds(5);

  static final Duration VOLUME_REMOVE_MAX = Duration.ofSeconds(300);

  /** Volumes removed at once; one actor has one under way, an earlier one perhaps another. */
  static final int VOLUME_THREADS = 1;

  static final int VOLUME_QUEUE = 16;

  /** Usage is read from the cgroups this often, and when somebody asks. */
  static final Duration SAMPLE_EVERY = Duration.ofSeconds(15);

  /** A sample of this age is answered with, an older one is taken anew. */
  static final Duration USAGE_FRESH = Duration.ofSeconds(1);

  /** A cpu figure is the average of at least this time, once a container is so old. */
  static final Duration USAGE_WINDOW = Duration.ofSeconds(5);

  /** Questions for usage that wait for one sample; more get the last one. */
  static final int USAGE_ASKERS = 64;

  /** Usage samples kept. */
  static final int USAGE_SAMPLES = 12;

  /** Tries to recover what an earlier process left, before the node gives up. */
  static final int RECOVER_TRIES = 5;

  static final Duration RECOVER_RETRY = Duration.ofSeconds(1);

  /** Messages kept while the node recovers. */
  static final int STASH = 1_000;

  /** Grace of pods that the scheduler no longer knows: they may run elsewhere by now. */
  static final long ORPHAN_GRACE_SECONDS = 5;

  /**
   * Adopted pods of a node that has not become a member of the cluster by then are stopped: no
   * verdict of the split brain resolver can reach such a node.
   */
  static final Duration UNCONFIRMED_BOUND = Duration.ofSeconds(60);

  /** All pods' time to stop when the node's program is asked to end. */
  static final Duration CLEAN_STOP = Duration.ofSeconds(10);

  /** The scheduler's time to answer for a config map or secret. */
  static final Duration CONFIG_ANSWER = Duration.ofSeconds(3);

  /** Files made from config maps and secrets are looked at this often, besides at each hint. */
  static final Duration CONFIG_REFRESH = Duration.ofSeconds(60);

  /** First and longest wait before a sandbox is tried again, to be made or to be removed. */
  static final Duration SANDBOX_RETRY_FIRST = Duration.ofSeconds(1);

  static final Duration SANDBOX_RETRY_MAX = Duration.ofSeconds(30);

  /** First and longest wait before a start that the runtime or the image store refused. */
  static final Duration START_RETRY_FIRST = Duration.ofSeconds(2);

  static final Duration START_RETRY_MAX = Duration.ofSeconds(60);

  /** First and longest wait before an image that could not be had is tried again. */
  static final Duration PULL_RETRY_FIRST = Duration.ofSeconds(5);

  static final Duration PULL_RETRY_MAX = Duration.ofSeconds(300);

  /** How long a failed pull is shown as such, before it is shown as waiting for the next try. */
  static final Duration PULL_FAILURE_SHOWN = Duration.ofSeconds(1);

  /** Images pulled at once; more wait. */
  static final int PULL_THREADS = 4;

  static final int PULL_QUEUE = 1_024;

  /** Another node says within this time whether it has an image. */
  static final Duration PEERS_ANSWER = Duration.ofSeconds(2);

  /** Most nodes that are asked for an image. */
  static final int PEERS_ASKED = 500;

  /** A container that outlives its grace by this is killed again, and again after as long. */
  static final Duration KILL_AGAIN = Duration.ofSeconds(2);

  /** Until its first success a readiness probe is repeated at least this often. */
  static final Duration FIRST_READINESS_EVERY = Duration.ofMillis(250);

  /** How long after its start a container's readiness probe is hurried so. */
  static final Duration FIRST_READINESS_WITHIN = Duration.ofSeconds(30);

  /** A bug in an actor of a pod restarts that actor after these waits. */
  static final Duration ACTOR_RESTART_FIRST = Duration.ofMillis(200);

  static final Duration ACTOR_RESTART_MAX = Duration.ofSeconds(10);

  /** Most processes and threads of a container with no limit {@code hawser.io/pids}. */
  static final long CONTAINER_PIDS = 4_096;

  /** Threads for the runtime's blocking calls, which take milliseconds each. */
  static final int WORK_THREADS = 6;

  static final int WORK_QUEUE = 2_048;

  /** Threads for probes that block: exec and HTTPS. */
  static final int PROBE_THREADS = 4;

  static final int PROBE_QUEUE = 256;

  /** Threads for hooks that block. */
  static final int HOOK_THREADS = 8;

  static final int HOOK_QUEUE = 256;

  /** A postStart hook that takes longer has failed. */
  static final Duration POST_START = Duration.ofMinutes(5);

  /** What a container has left to end by itself after a preStop hook that used up its grace. */
  static final Duration AFTER_PRE_STOP = Duration.ofSeconds(2);

  /**
   * A ready pod that is to stop serves on for so long, not ready any more, before its containers
   * are told: whoever sends it requests hears of it first, also on a busy machine.
   */
  static final Duration ENDPOINTS_LEAVE = Duration.ofSeconds(2);

  /** Running exec sessions; each takes up to three threads while it lasts. */
  static final int EXEC_SESSIONS = 8;

  /** Exec's threads end after this time without work. */
  static final Duration IDLE_THREAD = Duration.ofSeconds(10);

  /** Bytes read at once from a process or a log. */
  static final int STREAM_CHUNK_BYTES = 16 * 1024;

  /** Output of an exec'ed process is waited for this long after it ended. */
  static final Duration EXEC_DRAIN = Duration.ofSeconds(1);

  static final int LOG_STREAMS = 64;

  /** A followed log is looked at this often. */
  static final Duration LOG_POLL = Duration.ofMillis(100);

  /** Bytes of an HTTP response that are searched for its status line. */
  static final int PROBE_RESPONSE_BYTES = 4 * 1024;

  private NodeLimits() {}
}
