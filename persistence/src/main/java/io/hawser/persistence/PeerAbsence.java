package io.hawser.persistence;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The time in which this node's replica is out because its log could not be written, or because it
 * could not start: until the disk has room. What runs on this node, such as the scheduler, goes on
 * meanwhile by way of the other replicas, so whether they still are a majority is asked of them.
 */
final class PeerAbsence {
  /** Between two looks at the disk, which are also questions to the others. */
  private static final Duration LOOK = Duration.ofMillis(500);

  /** Not sooner: a disk that fails for another reason than room fails again. */
  private static final Duration PAUSE = Duration.ofSeconds(3);

  /** What a start writes: it fills the beginning of a segment, and begins one. */
  private static final long START_BYTES = 4 << 20;

  private final StoreSettings settings;
  private final StoreClient client;
  private final BooleanSupplier stopped;
  private volatile boolean seen;
  private volatile long seenAtNanos;

  PeerAbsence(StoreSettings settings, StoreClient client, BooleanSupplier stopped) {
    this.settings = settings;
    this.client = client;
    this.stopped = stopped;
  }

  /**
   * True when the others answered as a majority lately, for as long as a replica that runs believes
   * in a leader. Does not block.
   */
  boolean reachesMajority() {
    Duration term = settings.timeouts().attempts().electionMax();
    return seen && System.nanoTime() - seenAtNanos < term.toNanos();
  }

  /**
   * Blocks until a start makes sense.
   *
   * @return false when this node stops
   */
  boolean awaitRoom() {
    long earliest = System.nanoTime() + PAUSE.toNanos();
    while (!stopped.getAsBoolean()) {
      boolean room = usableBytes() >= neededBytes();
      if (room && System.nanoTime() - earliest >= 0) {
        return true;
      }
      ask();
      LockSupport.parkNanos(LOOK.toNanos());
    }
    return false;
  }

  /** What the disk lacks, to be put behind a reason; empty when it has room. */
  String lack() {
    long usable = usableBytes();
    return usable >= neededBytes()
        ? ""
        : " (%s has %d KiB free, a start needs %d KiB)"
            .formatted(settings.dir(), usable >> 10, neededBytes() >> 10);
  }

  private long neededBytes() {
    return Math.max(START_BYTES, settings.limits().retention().freeDiskBytes());
  }

  /** A start makes its directory, when it gets so far. */
  private long usableBytes() {
    Path place = settings.dir().toAbsolutePath();
    while (!Files.exists(place) && place.getParent() != null) {
      place = place.getParent();
    }
    return place.toFile().getUsableSpace();
  }

  /** A read is answered once its leader has heard of a majority, after it was asked. */
  private void ask() {
    long askedAtNanos = System.nanoTime();
    try {
      client
          .highestSequenceNr("")
          .get(settings.timeouts().attempts().electionMax().toMillis(), TimeUnit.MILLISECONDS);
      seenAtNanos = askedAtNanos;
      seen = true;
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      // Asked again; what was seen before ends by itself.
    }
  }
}
