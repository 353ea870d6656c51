package io.hawser.cluster.spi;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.hawser.model.CustomObject;
import io.hawser.model.Pod;
import io.hawser.model.PodTemplate;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A workload kind of your own: users make objects of it with kubectl, this says which pods each of
 * them wants, and Hawser makes, places and ends those. Functions of their arguments alone: no
 * clock, no randomness, no memory, no I/O; a plan or the next scheduler must come to the same. They
 * are called on the scheduler's own thread and should take microseconds. {@link WorkloadContract}
 * tests one.
 */
public interface WorkloadKind {
  /** Most pods that one object may want. */
  int MAX_PODS = 1_000;

  /**
   * How the API calls it. Objects of it belong to namespaces.
   *
   * @param group of your own, with a dot in it, such as {@code examples.hawser.io}
   * @param version such as {@code v1}
   * @param kind in camel case
   * @param plural in lower case
   */
  record Names(String group, String version, String kind, String plural, List<String> shortNames) {
    /** As the journal names it. */
    public String type() {
      return new CustomObject.Type(kind, version, group).name();
    }
  }

  /**
   * A pod that shall be there.
   *
   * @param name the object's name, a dash and more; at most 63 characters. The same name means the
   *     same pod: it is left alone, also when it has ended, unless the template has changed; then
   *     it is stopped and made anew
   */
  record WantedPod(String name, PodTemplate template) {}

  /**
   * What an object wants now.
   *
   * @param pods all of them; others of its pods are stopped
   * @param status shown to users; text, Boolean, Long, Double, and lists and maps of them
   * @param waitsForTime whether another {@code now} alone may change it: then it is asked again
   *     each second
   */
  record Step(Collection<WantedPod> pods, Map<String, Object> status, boolean waitsForTime) {}

  Names names();

  /** What is wrong with a spec that a user wrote, as a sentence that names the field. */
  Optional<String> refusal(CustomObject object);

  /**
   * Asked whenever the object or one of its pods has changed. An exception leaves its pods as they
   * are, and is told in the object's status.
   *
   * @param pods that the object has, also those that are stopping or have ended
   */
  Step next(CustomObject object, List<Pod> pods, Instant now);

  /**
   * Those of the class path and of the folder that {@code hawser.scheduler.plugins} names.
   *
   * @throws java.io.UncheckedIOException when the folder can't be read
   */
  static List<WorkloadKind> installed() {
    Config config = ConfigFactory.load();
    String path = "hawser.scheduler.plugins";
    String directory =
        config.hasPath(path)
            ? config.getString(path)
            : System.getenv().getOrDefault("HAWSER_PLUGINS", "");
    return PluginJars.in(directory).all(WorkloadKind.class, kind -> kind.names().type());
  }
}
