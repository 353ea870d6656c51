package io.hawser.scheduler.core;

import io.hawser.model.Deployment.Revision;
import io.hawser.model.DeploymentSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A deployment's history of templates. */
final class Revisions {
  private Revisions() {}

  static List<Revision> first(DeploymentSpec spec, Instant now) {
    return List.of(new Revision(1, TemplateHash.of(spec.template(), 0), spec.template(), now));
  }

  /**
   * The history after the spec's template became current. A template that was there before keeps
   * its hash and gets a new number, as Kubernetes' rollback does; the oldest ones beyond the limit
   * go, but none that still has pods.
   */
  static List<Revision> next(
      List<Revision> history, DeploymentSpec spec, Set<String> hashesInUse, Instant now) {
    Revision current = history.get(history.size() - 1);
    List<Revision> next = new ArrayList<>(history);
    if (!current.template().equals(spec.template())) {
      String hash = hashOf(history, spec);
      next.removeIf(r -> r.templateHash().equals(hash));
      next.add(new Revision(current.number() + 1, hash, spec.template(), now));
    }
    int surplus = next.size() - 1 - spec.revisionHistoryLimit();
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

  private static String hashOf(List<Revision> history, DeploymentSpec spec) {
    for (Revision old : history) {
      if (old.template().equals(spec.template())) {
        return old.templateHash();
      }
    }
    for (int salt = 0; ; salt++) {
      String hash = TemplateHash.of(spec.template(), salt);
      if (history.stream().noneMatch(r -> r.templateHash().equals(hash))) {
        return hash;
      }
    }
  }
}
