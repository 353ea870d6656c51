package io.hawser.runtime.image.build;

import io.hawser.runtime.image.Digest;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.oci.Descriptor;
import io.hawser.runtime.image.oci.ImageDocument;
import io.hawser.runtime.image.oci.ImageDocument.HistoryEntry;
import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.oci.RunConfig;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The image that a stage is making: changed by one instruction after the other. */
final class StageImage {
  private static final String DEFAULT_PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  final List<Descriptor> layers = new ArrayList<>();
  final List<Digest> diffIds = new ArrayList<>();
  final Map<String, String> env = new LinkedHashMap<>();
  final Map<String, String> args = new LinkedHashMap<>();
  final SortedMap<String, Map<String, String>> exposedPorts = new TreeMap<>();
  final SortedMap<String, Map<String, String>> volumes = new TreeMap<>();
  final SortedMap<String, String> labels = new TreeMap<>();
  private final List<HistoryEntry> history = new ArrayList<>();
  private final Platform platform;
  private final String created;
  String user = "";
  String workingDir = "";
  String stopSignal = "";
  String author;
  List<String> entrypoint = List.of();
  List<String> cmd = List.of();
  boolean cmdIsOwn;
  List<String> shell = List.of();
  RunConfig.Healthcheck healthcheck;

  private StageImage(Platform platform, long epochSeconds) {
    this.platform = platform;
    this.created = Instant.ofEpochSecond(epochSeconds).toString();
  }

  /** An image without files. */
  static StageImage scratch(Platform platform, long epochSeconds) {
    StageImage image = new StageImage(platform, epochSeconds);
    image.setEnv(DEFAULT_PATH);
    return image;
  }

  static StageImage from(StoredImage base, long epochSeconds) {
    return from(base.config(), base.content().layers(), base.config().platform(), epochSeconds);
  }

  /** Goes on from another stage, which stays as it is. */
  static StageImage from(StageImage base, long epochSeconds) {
    return from(base.document(), base.layers, base.platform, epochSeconds);
  }

  private static StageImage from(
      ImageDocument base, List<Descriptor> layers, Platform platform, long epochSeconds) {
    StageImage image = new StageImage(platform, epochSeconds);
    image.layers.addAll(layers);
    image.diffIds.addAll(base.rootfs().diffIds());
    image.history.addAll(base.history());
    RunConfig config = base.config();
    config.env().forEach(image::setEnv);
    image.exposedPorts.putAll(config.exposedPorts());
    image.volumes.putAll(config.volumes());
    image.labels.putAll(config.labels());
    image.user = config.user();
    image.workingDir = config.workingDir();
    image.stopSignal = config.stopSignal();
    image.entrypoint = config.entrypoint();
    image.cmd = config.cmd();
    image.shell = config.shell();
    image.healthcheck = config.healthcheck();
    image.author = base.author();
    return image;
  }

  private void setEnv(String entry) {
    int equals = entry.indexOf('=');
    env.put(equals < 0 ? entry : entry.substring(0, equals), entry.substring(equals + 1));
  }

  /** What {@code $name} means now; ENV wins over ARG. */
  String variable(String name) {
    return env.containsKey(name) ? env.get(name) : args.get(name);
  }

  List<String> shellOrDefault() {
    return shell.isEmpty() ? List.of("/bin/sh", "-c") : shell;
  }

  String workingDirOrRoot() {
    return workingDir.isEmpty() ? "/" : workingDir;
  }

  Platform platform() {
    return platform;
  }

  void addLayer(Descriptor layer, Digest diffId) {
    layers.add(layer);
    diffIds.add(diffId);
  }

  void remember(String instruction, boolean hasLayer) {
    history.add(new HistoryEntry(created, instruction, null, null, !hasLayer));
  }

  ImageDocument document() {
    List<String> entries = new ArrayList<>();
    env.forEach((name, value) -> entries.add(name + "=" + value));
    RunConfig config =
        new RunConfig(
            user,
            exposedPorts,
            entries,
            entrypoint,
            cmd,
            volumes,
            workingDir,
            labels,
            stopSignal,
            healthcheck,
            shell,
            null);
    return new ImageDocument(
        created,
        author,
        platform.architecture(),
        platform.variant(),
        platform.os(),
        config,
        new ImageDocument.RootFs("layers", diffIds),
        history);
  }
}
