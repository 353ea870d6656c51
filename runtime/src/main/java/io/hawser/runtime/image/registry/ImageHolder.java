package io.hawser.runtime.image.registry;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.store.References.Source;

/**
 * Another node that has an image and serves it.
 *
 * @param node its name, for messages
 * @param host host:port of its {@link ImageServer}
 * @param tls whether the server speaks TLS with the cluster's certificates
 * @param token what the server asks for
 * @param target the digest that the image's name stands for there
 * @param source where that node has it from
 * @param updatedEpochMillis when the name was set
 */
public record ImageHolder(
    String node,
    String host,
    boolean tls,
    String token,
    Digest target,
    Source source,
    long updatedEpochMillis) {
  /** Never shows the token. */
  @Override
  public String toString() {
    return "ImageHolder[" + node + " " + host + " " + target + "]";
  }
}
