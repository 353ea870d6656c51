package io.hawser.node;

import io.hawser.cluster.protocol.ImageProtocol;
import io.hawser.cluster.protocol.ImageProtocol.FindImage;
import io.hawser.cluster.protocol.ImageProtocol.HeldImage;
import io.hawser.cluster.protocol.ImageProtocol.ImageFound;
import io.hawser.runtime.ImageStore;
import java.util.Optional;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Tells other nodes which images they can get here. They find it by its path. */
final class ImageDoor {
  /** Of the actor, a child of the node's: its path is the same on every node. */
  static final String NAME = "images";

  private ImageDoor() {}

  static Behavior<ImageProtocol.Command> create(Machine machine) {
    return Behaviors.receive(ImageProtocol.Command.class)
        .onMessage(
            FindImage.class,
            message -> {
              answer(machine, message);
              return Behaviors.same();
            })
        .build();
  }

  private static void answer(Machine machine, FindImage message) {
    String node = machine.settings().info().name();
    machine
        .blocking(() -> held(machine, message.name()))
        .whenComplete(
            (image, failure) ->
                message
                    .replyTo()
                    .tell(new ImageFound(node, failure == null ? image : Optional.empty())));
  }

  private static Optional<HeldImage> held(Machine machine, String name) {
    Optional<NodeImages.Served> served = machine.settings().images().served();
    Optional<ImageStore.Held> held = machine.runtime().images().held(name);
    if (served.isEmpty() || held.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new HeldImage(
            served.get().host(),
            served.get().tls(),
            served.get().token(),
            held.get().target().toString(),
            held.get().source().name(),
            held.get().updatedEpochMillis()));
  }
}
