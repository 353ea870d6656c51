package io.hawser.node;

import io.hawser.cluster.protocol.NodeProtocol.Command;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.StashBuffer;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * A node's first moments: finds what an earlier process left on the machine and in the checkpoint.
 * Messages wait meanwhile. Gives up, by throwing, after a few tries.
 */
final class NodeRecovery {
  private record Found(Assignment assignment) implements Command {}

  private record Failed(Throwable failure) implements Command {}

  private record TryAgain() implements Command {}

  /** Makes the behaviour that goes on from there. */
  interface Next {
    Behavior<Command> from(
        ActorContext<Command> context, TimerScheduler<Command> timers, Assignment assignment);
  }

  private final Machine machine;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final StashBuffer<Command> stash;
  private final Next next;
  private int tries;

  static Behavior<Command> create(Machine machine, Next next) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    Behaviors.withStash(
                        NodeLimits.STASH,
                        stash -> {
                          if (machine.claimShutdown()) {
                            NodeShutdown.register(context.getSystem(), context.getSelf(), machine);
                          }
                          return new NodeRecovery(machine, context, timers, stash, next).look();
                        })));
  }

  private NodeRecovery(
      Machine machine,
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      StashBuffer<Command> stash,
      Next next) {
    this.machine = machine;
    this.context = context;
    this.timers = timers;
    this.stash = stash;
    this.next = next;
  }

  private Behavior<Command> look() {
    tries++;
    context.pipeToSelf(
        machine.blocking(
            () -> {
              Assignment assignment = new Checkpoint(machine.settings().stateDir()).read();
              machine.leftovers();
              machine.removeStrayVolumes(assignment);
              return assignment;
            }),
        (found, failure) -> failure == null ? new Found(found) : new Failed(failure));
    return Behaviors.receive(Command.class)
        .onMessage(Found.class, m -> stash.unstashAll(next.from(context, timers, m.assignment())))
        .onMessage(Failed.class, this::onFailed)
        .onMessage(TryAgain.class, m -> look())
        .onAnyMessage(this::keep)
        .build();
  }

  private Behavior<Command> onFailed(Failed message) {
    String text = NodeThreads.text(message.failure());
    if (tries >= NodeLimits.RECOVER_TRIES) {
      throw new IllegalStateException(
          "can't find out what runs on this machine: " + text, message.failure());
    }
    context.getLog().warn("can't find out what runs on this machine yet: {}", text);
    timers.startSingleTimer(new TryAgain(), NodeLimits.RECOVER_RETRY);
    return Behaviors.same();
  }

  private Behavior<Command> keep(Command message) {
    if (stash.isFull()) {
      // Senders repeat what matters.
      context.getLog().warn("{} dropped while the node recovers", message.getClass());
    } else {
      stash.stash(message);
    }
    return Behaviors.same();
  }
}
