package io.hawser.node;

import io.hawser.model.ApiObject;
import io.hawser.model.ObjectKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A pod's memory of its config maps and secrets. What was read once is used while the scheduler
 * can't be asked, so that a container restarts also then.
 */
final class PodConfig {
  private final ConfigDoor door;
  private final Map<ObjectKey, ApiObject> known = new HashMap<>();

  PodConfig(ConfigDoor door) {
    this.door = door;
  }

  synchronized ConfigValues values() {
    return new ConfigValues(known);
  }

  /**
   * Reads these anew.
   *
   * @return the values of all that are known; fails when one was never read and nobody answers
   */
  CompletionStage<ConfigValues> fetch(Set<ObjectKey> keys) {
    CompletableFuture<?>[] reads =
        keys.stream().map(k -> fetch(k).toCompletableFuture()).toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(reads).thenApply(done -> values());
  }

  private CompletionStage<Void> fetch(ObjectKey key) {
    return door.read(key)
        .handle(
            (object, failure) -> {
              if (failure == null) {
                remember(key, object);
              } else if (!isKnown(key)) {
                throw new ConfigFault(
                    ConfigFault.CONFIG, "can't read " + key + " yet: " + NodeThreads.text(failure));
              }
              return null;
            });
  }

  private synchronized void remember(ObjectKey key, Optional<ApiObject> object) {
    object.ifPresentOrElse(o -> known.put(key, o), () -> known.remove(key));
  }

  private synchronized boolean isKnown(ObjectKey key) {
    return known.containsKey(key);
  }
}
