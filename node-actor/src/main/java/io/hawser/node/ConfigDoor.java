package io.hawser.node;

import io.hawser.cluster.protocol.NodeProtocol;
import io.hawser.cluster.protocol.SchedulerProtocol;
import io.hawser.model.ApiObject;
import io.hawser.model.ObjectKey;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/** Where a node reads its pods' config maps and secrets. */
interface ConfigDoor {
  /**
   * @return empty when it does not exist; fails when nobody answers in time
   */
  CompletionStage<Optional<ApiObject>> read(ObjectKey key);

  /** Before the node knows a scheduler. */
  ConfigDoor NONE =
      key -> CompletableFuture.failedFuture(new IllegalStateException("no scheduler to ask"));

  /** Asks the scheduler, within {@link NodeLimits#CONFIG_ANSWER}. */
  static ConfigDoor asking(
      String node, ActorRef<SchedulerProtocol.Command> scheduler, ActorSystem<?> system) {
    return key ->
        AskPattern.<SchedulerProtocol.Command, NodeProtocol.ConfigRead>ask(
                scheduler,
                replyTo -> new SchedulerProtocol.ReadConfig(node, key, replyTo),
                NodeLimits.CONFIG_ANSWER,
                system.scheduler())
            .thenApply(NodeProtocol.ConfigRead::object);
  }
}
