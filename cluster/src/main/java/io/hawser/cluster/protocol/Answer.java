package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import io.hawser.model.Refusal;

/** The scheduler's answer to a {@link ClientRequest}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Answer.Accepted.class, name = "accepted"),
  @JsonSubTypes.Type(value = Answer.Refused.class, name = "refused"),
})
public sealed interface Answer extends ClusterMessage {
  /**
   * It is durable.
   *
   * @param revision the state that includes it; a replica at this revision shows it
   * @param uid of the object
   */
  record Accepted(long revision, String uid) implements Answer {}

  /** Nothing was changed. */
  record Refused(Refusal refusal) implements Answer {}
}
