package io.hawser.scheduler;

import io.hawser.cluster.state.ClusterSnapshot;
import io.hawser.cluster.state.ClusterState;
import io.hawser.cluster.state.SplitSnapshot;
import org.apache.pekko.persistence.typed.SnapshotAdapter;

/** The scheduler's state as its snapshots have it, with the requests carried out lately. */
final class StoredState implements SnapshotAdapter<ClusterState> {
  private final DoneRequests requests;
  private final Snapshots snapshots;

  StoredState(DoneRequests requests, Snapshots snapshots) {
    this.requests = requests;
    this.snapshots = snapshots;
  }

  @Override
  public Object toJournal(ClusterState state) {
    return SplitSnapshot.of(ClusterSnapshot.of(state).withRequests(requests.all()));
  }

  @Override
  public ClusterState fromJournal(Object stored) {
    ClusterSnapshot snapshot = SplitSnapshot.read(stored);
    requests.restore(snapshot.requests());
    snapshots.found(snapshot.revision());
    return snapshot.toState();
  }
}
