package io.hawser.runtime.oci;

/** A request to the OCI command line that can't be fulfilled; the message is for its user. */
public final class OciFault extends RuntimeException {
  OciFault(String message) {
    super(message);
  }

  OciFault(String message, Throwable cause) {
    super(message, cause);
  }
}
