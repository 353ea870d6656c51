package io.hawser.persistence;

/**
 * The last entry of a replica's log, agreed on or not.
 *
 * @param term of the leader that wrote it, 0 before the first
 * @param index −1 before the first
 */
public record LogEnd(long term, long index) {
  static final LogEnd NOTHING = new LogEnd(0, -1);
}
