package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What nodes ask each other about images. Every node that serves its images has an actor of the
 * same path for it; the images themselves travel by HTTP.
 */
public final class ImageProtocol {
  private ImageProtocol() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({@JsonSubTypes.Type(value = FindImage.class, name = "find-image")})
  public interface Command extends ClusterMessage {}

  /**
   * Does the node have this image, and gives it to everybody? Answered always, sooner or later.
   *
   * @param name as in a pod's spec
   */
  public record FindImage(String name, ActorRef<ImageFound> replyTo) implements Command {}

  /**
   * @param image empty: no
   */
  public record ImageFound(String node, Optional<HeldImage> image) implements ClusterMessage {}

  /**
   * An image of another node and where to get it.
   *
   * @param host host:port of the node's image server
   * @param tls whether it speaks TLS with the cluster's certificates
   * @param token what that server asks for; good for reading images only, as long as the server
   *     runs
   * @param digest what the name stands for there
   * @param source {@code LOCAL}, {@code CLUSTER} or {@code REGISTRY}: who made it
   * @param updatedEpochMillis when the name was set
   */
  public record HeldImage(
      String host,
      boolean tls,
      String token,
      String digest,
      String source,
      long updatedEpochMillis) {
    /** Never shows the token. */
    @Override
    public String toString() {
      return "HeldImage[" + host + ", " + digest + "]";
    }
  }
}
