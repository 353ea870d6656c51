package io.hawser.persistence.tck;

import org.apache.pekko.persistence.japi.snapshot.JavaSnapshotStoreSpec;

/** Pekko's cases for a SnapshotStore, over whatever is configured; started by {@link TckRun}. */
public final class SnapshotStoreSuite extends JavaSnapshotStoreSpec {
  public SnapshotStoreSuite() {
    super(TckRun.CONFIG.get());
  }
}
