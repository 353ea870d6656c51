package io.hawser.persistence.tck;

import org.apache.pekko.persistence.CapabilityFlag;
import org.apache.pekko.persistence.japi.journal.JavaJournalSpec;

/** Pekko's cases for a Journal, over whatever is configured; started by {@link TckRun}. */
public final class JournalSuite extends JavaJournalSpec {
  public JournalSuite() {
    super(TckRun.CONFIG.get());
  }

  /**
   * A call that holds one event which can't be serialized is rejected whole, before it is written.
   */
  @Override
  public CapabilityFlag supportsRejectingNonSerializableObjects() {
    return CapabilityFlag.off();
  }

  @Override
  public CapabilityFlag supportsSerialization() {
    return CapabilityFlag.on();
  }
}
