package io.hawser.node;

import io.hawser.cluster.Roles;
import io.hawser.cluster.protocol.ImageProtocol;
import io.hawser.cluster.protocol.ImageProtocol.FindImage;
import io.hawser.cluster.protocol.ImageProtocol.ImageFound;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.registry.ImageHolder;
import io.hawser.runtime.image.store.References.Source;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * Asks the other nodes of the cluster for an image. All at once, for nobody keeps a list of who has
 * what: a list would be wrong after every import, removal and collection.
 */
final class ImagePeers {
  private final ActorSystem<?> system;
  private final String door;

  /**
   * @param door path of every node's {@link ImageDoor}, without an address
   */
  ImagePeers(ActorSystem<?> system, String door) {
    this.system = system;
    this.door = door;
  }

  /** Who has it, of those that answer within {@link NodeLimits#PEERS_ANSWER}. Never fails. */
  CompletionStage<List<ImageHolder>> find(String name) {
    List<CompletableFuture<Stream<ImageHolder>>> answers =
        others().map(door -> ask(door, name).toCompletableFuture()).toList();
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(
            done -> answers.stream().flatMap(CompletableFuture::join).collect(Collectors.toList()));
  }

  /**
   * The doors of all other workers; every node's has the same path. One that is not there does not
   * answer.
   */
  private Stream<ActorRef<ImageProtocol.Command>> others() {
    Cluster cluster = Cluster.get(system);
    ActorRefResolver refs = ActorRefResolver.get(system);
    return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
        .filter(member -> member.hasRole(Roles.WORKER))
        .filter(member -> !member.address().equals(cluster.selfMember().address()))
        .limit(NodeLimits.PEERS_ASKED)
        .map(member -> refs.resolveActorRef(member.address() + door));
  }

  private CompletionStage<Stream<ImageHolder>> ask(
      ActorRef<ImageProtocol.Command> door, String name) {
    CompletionStage<ImageFound> answer =
        AskPattern.ask(
            door,
            replyTo -> new FindImage(name, replyTo),
            NodeLimits.PEERS_ANSWER,
            system.scheduler());
    return answer.thenApply(ImagePeers::holder).exceptionally(failure -> Stream.empty());
  }

  private static Stream<ImageHolder> holder(ImageFound found) {
    return found.image().stream()
        .map(
            image ->
                new ImageHolder(
                    found.node(),
                    image.host(),
                    image.tls(),
                    image.token(),
                    Digest.parse(image.digest()),
                    Source.valueOf(image.source()),
                    image.updatedEpochMillis()));
  }
}
