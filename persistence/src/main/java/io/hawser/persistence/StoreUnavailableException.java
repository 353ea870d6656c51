package io.hawser.persistence;

/**
 * No answer within the bound: no majority, no leader, or this node's peer is not running. A write
 * may have been kept or not; reading the highest sequence number tells.
 */
public final class StoreUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoreUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
