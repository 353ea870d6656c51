package io.hawser.persistence;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes on what the state machine reports, which may come before the peer has started. */
final class PeerEvents implements StoreStateMachine.Events {
  private static final Logger LOG = LoggerFactory.getLogger(PeerEvents.class);

  private final StoreSettings settings;
  private final String self;
  private final CompletableFuture<HawserStore.Running> running;

  PeerEvents(StoreSettings settings, CompletableFuture<HawserStore.Running> running) {
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
              if (failure != null) {
                LOG.warn(
                    "No snapshot of the store was taken; its log grows until the next", failure);
              }
            });
  }

  @Override
  public void logFailed(Throwable cause) {
    LOG.error(
        "The store's log cannot be written; peer {} is out until it starts again", self, cause);
    // Closing waits for the thread that reports.
    running.thenAccept(parts -> HawserStore.onOwnThread(() -> takeOut(parts.peer(), cause)).get());
  }

  private void takeOut(StorePeer peer, Throwable cause) {
    try {
      peer.failed(cause);
    } catch (IOException e) {
      LOG.warn("The store's peer {} did not stop cleanly", self, e);
    }
  }
}
