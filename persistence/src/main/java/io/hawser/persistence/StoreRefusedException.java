package io.hawser.persistence;

/** The store refused a request (disk or memory bound, size limit); nothing changed. */
public final class StoreRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoreRefusedException(String reason) {
    super(reason, null, false, false);
  }
}
