package io.hawser.scheduler.core;

import io.hawser.model.Deployment.Revision;
import io.hawser.model.PodTemplate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A deployment's history of templates. */
final class Revisions {
  private Revisions() {}

  static List<Revision> first(PodTemplate template, Instant now) {
    return List.of(new Revision(1, TemplateHash.of(template, 0), template, now));
  }

  /**
   * The history after a template became current. A template that was there before keeps its hash
   * and gets a new number, as Kubernetes' rollback does; the oldest ones beyond the limit go, but
   * none that still has pods.
   */
  static List<Revision> next(
      List<Revision> history,
      PodTemplate template,
      int limit,
      Set<String> hashesInUse,
      Instant now) {
    Revision current = history.get(history.size() - 1);
    List<Revision> next = new ArrayList<>(history);
    if (!current.template().equals(template)) {
      String hash = hashOf(history, template);
      next.removeIf(r -> r.templateHash().equals(hash));
      next.add(new Revision(current.number() + 1, hash, template, now));
    }
    int surplus = next.size() - 1 - limit;
    for (int i = 0; i < next.size() - 1 && surplus > 0; ) {
      if (hashesInUse.contains(next.get(i).templateHash())) {
        i++;
      } else {
        next.remove(i);
        surplus--;
      }
    }
    return next;
  }

  private static String hashOf(List<Revision> history, PodTemplate template) {
    for (Revision old : history) {
      if (old.template().equals(template)) {
        return old.templateHash();
      }
    }
    for (int salt = 0; ; salt++) {
      String hash = TemplateHash.of(template, salt);
      if (history.stream().noneMatch(r -> r.templateHash().equals(hash))) {
        return hash;
      }
    }
  }
}
