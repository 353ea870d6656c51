package io.hawser.cluster.protocol;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.hawser.cluster.ClusterMessage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.util.ByteString;

/** What operators ask of a controller about the journal and about who keeps it. */
public final class ControllerProtocol {
  /** Name of the actor below {@code /user} on every controller. */
  public static final String NAME = "controller";

  private ControllerProtocol() {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = ListControllers.class, name = "list-controllers"),
    @JsonSubTypes.Type(value = ChangeControllers.class, name = "change-controllers"),
    @JsonSubTypes.Type(value = StepAside.class, name = "step-aside"),
    @JsonSubTypes.Type(value = ListJournal.class, name = "list-journal"),
    @JsonSubTypes.Type(value = ReadJournal.class, name = "read-journal"),
    @JsonSubTypes.Type(value = TellWhy.class, name = "tell-why"),
    @JsonSubTypes.Type(value = BackUp.class, name = "back-up"),
    @JsonSubTypes.Type(value = Restore.class, name = "restore"),
    @JsonSubTypes.Type(value = RecoverAlone.class, name = "recover-alone"),
  })
  public interface Command extends ClusterMessage {}

  public record ListControllers(ActorRef<Controllers> replyTo) implements Command {}

  /**
   * Adds one, removes one, or replaces one by another in one step.
   *
   * @param add its name; its node runs and waits
   * @param address {@code host:port} of the added one's store
   * @param remove its name
   */
  public record ChangeControllers(
      Optional<String> add,
      Optional<String> address,
      Optional<String> remove,
      ActorRef<Controllers> replyTo)
      implements Command {}

  /** To one that was removed: it gives up the role. */
  public record StepAside(String by) implements Command {}

  public record ListJournal(ActorRef<Journal> replyTo) implements Command {}

  /**
   * @param fromSequenceNr the first one wanted, from 1
   * @param max at most so many events
   */
  public record ReadJournal(
      String persistenceId, long fromSequenceNr, int max, ActorRef<Events> replyTo)
      implements Command {}

  /**
   * Why something is as it is, by the journal's events that are kept.
   *
   * @param kind {@code Pod}, {@code Node} or {@code Deployment}
   * @param namespace empty for a node
   * @param deployment of a pod: whose it is, if that is known
   */
  public record TellWhy(
      String kind,
      String namespace,
      String name,
      Optional<String> deployment,
      ActorRef<WhyTold> replyTo)
      implements Command {}

  public record BackUp(ActorRef<BackupOpened> replyTo) implements Command {}

  public record Restore(SourceRef<ByteString> backup, ActorRef<Journal> replyTo)
      implements Command {}

  /**
   * Goes on as the journal's only member.
   *
   * @param certain false: only says what may be lost
   */
  public record RecoverAlone(boolean certain, ActorRef<Controllers> replyTo) implements Command {}

  /**
   * @param members {@code host:port} of each one's store, by name
   * @param leader empty during an election
   * @param applied index of the last log entry that the answering one has applied
   * @param last what its log ends with: more than it has applied when it was started without a
   *     majority
   * @param failure why what was asked for was not done
   */
  public record Controllers(
      Map<String, String> members,
      Optional<String> leader,
      String answeredBy,
      long applied,
      LogEntryId last,
      Optional<String> failure)
      implements ClusterMessage {}

  /**
   * Of two replicas' logs the one with the higher term at its end has more of what was agreed on,
   * and with the same term the one with the higher index (Raft, section 5.4.1).
   *
   * @param index −1: nothing was ever written
   */
  public record LogEntryId(long term, long index) {}

  /** What is kept under one persistence id; see the store's {@code LogSummary}. */
  public record Log(
      String persistenceId,
      long firstSequenceNr,
      long highestSequenceNr,
      int events,
      int snapshots,
      long newestSnapshot,
      long bytes)
      implements ClusterMessage {}

  public record Journal(List<Log> logs, Optional<String> failure) implements ClusterMessage {}

  /**
   * @param event the event in JSON
   * @param writer names one run of the actor that wrote it; empty from a controller of an older
   *     version
   */
  public record Entry(long sequenceNr, Instant at, String type, String event, String writer)
      implements ClusterMessage {
    public Entry {
      writer = writer == null ? "" : writer;
    }
  }

  /**
   * @param entries fewer than asked for when a page is full; empty: there are no more
   */
  public record Events(List<Entry> entries, Optional<String> failure) implements ClusterMessage {}

  /**
   * One step from the cause to the present state.
   *
   * @param event its number in the journal
   * @param because {@code request}, {@code fault}, {@code report}, {@code decision}, {@code
   *     consequence} or {@code state}
   * @param request the id of the request that began it
   */
  public record WhyLink(
      long event, Instant at, String because, Optional<String> request, String text)
      implements ClusterMessage {}

  /**
   * @param from the first event that was looked at; earlier ones are not kept
   * @param links oldest first
   */
  public record WhyTold(long from, long to, List<WhyLink> links, Optional<String> failure)
      implements ClusterMessage {}

  public record BackupOpened(Optional<SourceRef<ByteString>> bytes, Optional<String> failure)
      implements ClusterMessage {}

  /**
   * The controller at an address ({@code pekko://…}); an empty address: the one of this JVM.
   * Sending to one that is gone loses the message.
   */
  public static ActorRef<Command> at(ActorSystem<?> system, String address) {
    String base = address.isEmpty() ? system.path().address().toString() : address;
    return ActorRefResolver.get(system).resolveActorRef(base + "/user/" + NAME);
  }
}
