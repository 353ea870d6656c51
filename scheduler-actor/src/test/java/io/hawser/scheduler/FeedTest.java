package io.hawser.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.cluster.protocol.FeedProtocol;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.scheduler.core.Samples;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

class FeedTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final SchedulerEvent SMALL = new SchedulerEvent.NodeRemoved("n1", NOW);

  private final Feed feed = new Feed(10);
  private final TestInbox<FeedProtocol.Message> replica = TestInbox.create();

  @Test
  void theRingCoversWhatItHasSeenAndNothingElse() {
    feed.publish(1, List.of(SMALL, SMALL));

    assertThat(feed.covers(9)).isFalse();
    assertThat(feed.covers(10)).isTrue();
    assertThat(feed.covers(12)).isTrue();
    assertThat(feed.covers(13)).isFalse();
  }

  @Test
  void theOldestEventsLeaveAFullRing() {
    feed.publish(1, Collections.nCopies(RecentEvents.RING_EVENTS + 1, SMALL));

    assertThat(feed.covers(10)).isFalse();
    assertThat(feed.covers(11)).isTrue();
  }

  @Test
  void aLateSubscriberGetsWhatItMissedAndThenWhatComes() {
    feed.publish(1, List.of(SMALL, SMALL, SMALL));
    feed.join(1, 11, replica.getRef());
    feed.publish(1, List.of(SMALL));

    assertThat(revisions()).containsExactly(12L, 13L, 14L);
  }

  @Test
  void whoLeftHearsNothingMore() {
    feed.join(1, 10, replica.getRef());
    feed.leave(replica.getRef());
    feed.publish(1, List.of(SMALL));

    assertThat(revisions()).isEmpty();
  }

  @Test
  void aMessageHoldsNoMoreThanFitsIntoAFrame() {
    SchedulerEvent pod = new SchedulerEvent.PodCreated(Samples.placedPod("p", "n1"), NOW);
    feed.join(1, 10, replica.getRef());
    feed.publish(1, Collections.nCopies(500, SMALL));
    feed.publish(1, Collections.nCopies(100, pod));

    List<FeedProtocol.EventBatch> batches = batches();
    assertThat(batches).extracting(b -> b.events().size()).containsExactly(200, 200, 100, 80, 20);
  }

  private List<FeedProtocol.EventBatch> batches() {
    List<FeedProtocol.EventBatch> batches = new ArrayList<>();
    for (FeedProtocol.Message message : replica.getAllReceived()) {
      if (message instanceof FeedProtocol.EventBatch batch) {
        batches.add(batch);
      }
    }
    return batches;
  }

  private List<Long> revisions() {
    List<Long> revisions = new ArrayList<>();
    for (FeedProtocol.EventBatch batch : batches()) {
      for (int i = 0; i < batch.events().size(); i++) {
        revisions.add(batch.firstRevision() + i);
      }
    }
    return revisions;
  }
}
