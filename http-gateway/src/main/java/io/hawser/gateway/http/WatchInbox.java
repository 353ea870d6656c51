package io.hawser.gateway.http;

import io.hawser.cluster.replica.ReplicaProtocol.Change;
import io.hawser.cluster.replica.ReplicaProtocol.WatchMessage;
import io.hawser.gateway.Limits;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.BufferOverflowException;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.GraphStageLogic.StageActor;
import scala.runtime.BoxedUnit;

/**
 * What a replica tells one watcher, until its client takes it. Fails when the client is too far
 * behind: by the number of changes, or by how much of what is not so any more they keep in memory.
 */
final class WatchInbox extends GraphStage<SourceShape<WatchMessage>> {
  private final Outlet<WatchMessage> out = Outlet.create("WatchInbox.out");
  private final SourceShape<WatchMessage> shape = SourceShape.of(out);
  private final Consumer<ActorRef<WatchMessage>> begin;
  private final long maxChars;

  /**
   * @param begin gets whom the replica is to tell, once the stream runs
   */
  WatchInbox(Consumer<ActorRef<WatchMessage>> begin) {
    this(begin, Limits.WATCH_BUFFER_CHARS);
  }

  WatchInbox(Consumer<ActorRef<WatchMessage>> begin, long maxChars) {
    this.begin = begin;
    this.maxChars = maxChars;
  }

  @Override
  public SourceShape<WatchMessage> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inherited) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {
    private final ArrayDeque<WatchMessage> waiting = new ArrayDeque<>();
    private long chars;

    Logic() {
      super(shape);
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              WatchMessage next = waiting.poll();
              if (next != null) {
                chars -= pastChars(next);
                push(out, next);
              }
            }
          });
    }

    @Override
    public void preStart() {
      StageActor actor =
          getStageActor(
              told -> {
                received((WatchMessage) told._2());
                return BoxedUnit.UNIT;
              });
      begin.accept(Adapter.toTyped(actor.ref()));
    }

    private void received(WatchMessage message) {
      if (isAvailable(out)) {
        push(out, message);
        return;
      }
      waiting.add(message);
      chars += pastChars(message);
      if (waiting.size() > Limits.WATCH_BUFFER || chars > maxChars) {
        failStage(
            new BufferOverflowException(
                "the client is %d changes behind, which keep %d characters"
                    .formatted(waiting.size(), chars)));
      }
    }

    private static long pastChars(WatchMessage message) {
      return message instanceof Change change ? change.pastChars() : 0;
    }
  }
}
