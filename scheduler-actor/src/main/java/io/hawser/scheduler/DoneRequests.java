package io.hawser.scheduler;

import io.hawser.cluster.protocol.Answer;
import io.hawser.cluster.state.ClusterSnapshot.DoneRequest;
import io.hawser.cluster.state.SchedulerEvent;
import io.hawser.cluster.state.SchedulerEvent.RequestDone;
import io.hawser.scheduler.core.Decision;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The requests that were carried out lately, so that a retry changes nothing: folded from the
 * journal and kept in the scheduler's snapshots, so the next scheduler knows them, too. Bounded:
 * who retries later than so many other requests is taken for new.
 */
final class DoneRequests {
  /** Clients retry for seconds; the scheduler carries out some hundreds a second at most. */
  static final int REMEMBERED = 4_096;

  private final Map<String, DoneRequest> byId =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, DoneRequest> eldest) {
          return size() > REMEMBERED;
        }
      };

  /**
   * @param revision of the event
   */
  void add(RequestDone done, long revision) {
    byId.put(done.requestId(), new DoneRequest(done.requestId(), done.uid(), revision));
  }

  /** What a snapshot had. */
  void restore(List<DoneRequest> requests) {
    byId.clear();
    requests.forEach(request -> byId.put(request.requestId(), request));
  }

  List<DoneRequest> all() {
    return List.copyOf(byId.values());
  }

  /** After a write that failed: what was noted with it may not be in the journal. */
  void forgetAfter(long revision) {
    byId.values().removeIf(request -> request.revision() > revision);
  }

  /** The decision with a note of its request, in the same write. A refusal changes nothing. */
  static Decision noted(Decision decision, Optional<String> requestId, Instant now) {
    // One that changes nothing may be decided again.
    if (requestId.isEmpty()
        || decision.events().isEmpty()
        || !(decision.answer().orElse(null) instanceof Answer.Accepted accepted)) {
      return decision;
    }
    List<SchedulerEvent> events = new ArrayList<>(decision.events());
    events.add(new RequestDone(requestId.get(), accepted.uid(), now));
    return new Decision(events, decision.answer(), decision.putOff());
  }

  /** The answer that the first try got, or should have got. */
  Optional<Answer> answer(Optional<String> requestId) {
    return requestId.map(byId::get).map(done -> new Answer.Accepted(done.revision(), done.uid()));
  }
}
