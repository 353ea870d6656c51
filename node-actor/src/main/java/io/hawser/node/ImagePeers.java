package io.hawser.node;

import io.hawser.cluster.protocol.ImageProtocol;
import io.hawser.cluster.protocol.ImageProtocol.FindImage;
import io.hawser.cluster.protocol.ImageProtocol.ImageFound;
import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.registry.ImageHolder;
import io.hawser.runtime.image.store.References.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.receptionist.Receptionist;

/**
 * Asks the other nodes of the cluster for an image. All at once, for nobody keeps a list of who has
 * what: a list would be wrong after every import, removal and collection.
 */
final class ImagePeers {
  private final ActorSystem<?> system;

  ImagePeers(ActorSystem<?> system) {
    this.system = system;
  }

  /** Who has it, of those that answer within {@link NodeLimits#PEERS_ANSWER}. Never fails. */
  CompletionStage<List<ImageHolder>> find(String name) {
    CompletionStage<Receptionist.Listing> listing =
        AskPattern.ask(
            system.receptionist(),
            replyTo -> Receptionist.find(ImageProtocol.KEY, replyTo),
            NodeLimits.PEERS_ANSWER,
            system.scheduler());
    return listing
        .thenCompose(found -> askAll(found.getServiceInstances(ImageProtocol.KEY), name))
        .exceptionally(failure -> List.of());
  }

  private CompletionStage<List<ImageHolder>> askAll(
      Iterable<ActorRef<ImageProtocol.Command>> doors, String name) {
    List<CompletableFuture<Stream<ImageHolder>>> answers = new ArrayList<>();
    for (ActorRef<ImageProtocol.Command> door : doors) {
      boolean own = door.path().address().hasLocalScope();
      if (!own && answers.size() < NodeLimits.PEERS_ASKED) {
        answers.add(ask(door, name).toCompletableFuture());
      }
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(
            done -> answers.stream().flatMap(CompletableFuture::join).collect(Collectors.toList()));
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
