package io.hawser.persistence;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes on what the state machine reports, which may come before the peer has started. */
final class PeerEvents implements StoreStateMachine.Events {
  private static final Logger LOG = LoggerFactory.getLogger(PeerEvents.class);

  private final StoreSettings settings;
  private final String self;
  private final CompletableFuture<HawserStore.Running> running;
  private final Consumer<HawserStore.Running> wentOut;

  /**
   * @param wentOut called once the replica was taken out because its log can't be written; on a
   *     thread of its own, may block
   */
  PeerEvents(
      StoreSettings settings,
      CompletableFuture<HawserStore.Running> running,
      Consumer<HawserStore.Running> wentOut) {
    this.wentOut = wentOut;
    this.settings = settings;
    this.self = settings.self();
    this.running = running;
  }

  @Override
  public void leaderChanged(RaftPeerId leader) {
    if (running.isDone() && !running.isCompletedExceptionally()) {
      running.join().router().leaderChanged(leader);
    }
  }

  /**
   * The others learn with the leader's next message what is agreed on, and answer no read of a new
   * term before that: an idle leader's comes after a second. A read's comes at once.
   */
  @Override
  public void leaderReady() {
    running.thenAccept(parts -> parts.router().caughtUp());
  }

  @Override
  public void membersChanged(Map<String, String> members) {
    // A small file, and only when they have changed: here, in the order of the changes.
    StoreRejoin.remember(settings, members);
  }

  @Override
  public void snapshotDue() {
    running
        .thenCompose(parts -> parts.peer().takeSnapshot())
        .whenComplete(
            (reply, failure) -> {
              Throwable cause = failure == null ? reply.getException() : failure;
              if (cause != null) {
                LOG.warn("No snapshot of the store was taken; its log grows until the next", cause);
              }
            });
  }

  @Override
  public void logFailed(Throwable cause) {
    LOG.error(
        "The store's log cannot be written; peer {} is out until its disk has room", self, cause);
    // Closing waits for the thread that reports.
    running.thenAccept(parts -> HawserStore.onOwnThread(() -> takeOut(parts, cause)).get());
  }

  private void takeOut(HawserStore.Running parts, Throwable cause) {
    if (parts.peer().logFailure() != null) {
      return;
    }
    try {
      parts.peer().failed(cause);
    } catch (IOException e) {
      LOG.warn("The store's peer {} did not stop cleanly", self, e);
    }
    wentOut.accept(parts);
  }
}
