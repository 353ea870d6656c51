package io.hawser.gateway.decode;

import io.hawser.gateway.wire.Causes;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.NameRules;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.ConfigSource;
import io.hawser.model.PodContainer;
import io.hawser.model.PodSpec;
import io.hawser.model.PodSpec.ClaimSource;
import io.hawser.model.PodSpec.EmptyDir;
import io.hawser.model.PodSpec.HostPath;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.PodSpec.Volume;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.Scheduling;
import io.hawser.model.Taint;
import io.hawser.model.Toleration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads a {@code core/v1 PodSpec}. */
final class PodSpecDecoder {
  private static final Map<String, RestartPolicy> RESTART_POLICIES =
      Map.of(
          "Always", RestartPolicy.ALWAYS,
          "OnFailure", RestartPolicy.ON_FAILURE,
          "Never", RestartPolicy.NEVER);

  /** Longest time a pod may take to stop: a week. */
  private static final long MAX_GRACE_SECONDS = 7 * 24 * 3600;

  private PodSpecDecoder() {}

  /**
   * @param restartPolicies what may be asked for; the first one when none is given
   */
  static PodSpec decode(Fields spec, List<String> restartPolicies) {
    return decode(spec, restartPolicies, List.of());
  }

  /**
   * @param added names of volumes that the pods get besides their own
   */
  static PodSpec decode(Fields spec, List<String> restartPolicies, List<String> added) {
    Causes causes = spec.causes();
    List<Volume> volumes = spec.objects("volumes", PodSpecDecoder::volume);
    unique(spec, "volumes", volumes.stream().map(Volume::name).toList(), new HashSet<>());
    Set<String> volumeNames = volumes.stream().map(Volume::name).collect(Collectors.toSet());
    volumeNames.addAll(added);
    ContainerDecoder container = new ContainerDecoder(volumeNames);
    List<PodContainer> inits = spec.objects("initContainers", c -> container.decode(c, true));
    List<PodContainer> containers = spec.objects("containers", c -> container.decode(c, false));
    if (!spec.has("containers") || spec.isEmptyList("containers")) {
      causes.required(spec.path("containers"), "a pod needs at least one container");
    }
    Set<String> names = new HashSet<>();
    unique(spec, "initContainers", inits.stream().map(PodContainer::name).toList(), names);
    unique(spec, "containers", containers.stream().map(PodContainer::name).toList(), names);
    RestartPolicy restart = restartPolicy(spec, restartPolicies);
    long grace =
        spec.number("terminationGracePeriodSeconds", 0, MAX_GRACE_SECONDS)
            .orElse(PodSpec.DEFAULT_GRACE_SECONDS);
    Map<String, String> nodeSelector = spec.stringMap("nodeSelector");
    NameRules.checkLabels(causes, spec.path("nodeSelector"), nodeSelector);
    List<Toleration> tolerations = spec.objects("tolerations", PodSpecDecoder::toleration);
    Optional<String> nodeName = spec.text("nodeName");
    Optional<String> hostname = spec.text("hostname");
    hostname.ifPresent(h -> NameRules.checkLabel(causes, spec.path("hostname"), h));
    boolean hostNetwork = spec.bool("hostNetwork").orElse(false);
    IsolationDecoder.Decoded isolation = IsolationDecoder.decode(spec, hostNetwork);
    IsolationDecoder.checkProc(spec, isolation.isolation(), containers);
    Scheduling scheduling = SchedulingDecoder.decode(spec);
    List<String> pullSecrets = spec.objects("imagePullSecrets", PodSpecDecoder::secretName);
    Optional<String> runtimeClass = spec.text("runtimeClassName");
    runtimeClass.ifPresent(
        name -> NameRules.checkSubdomain(causes, spec.path("runtimeClassName"), name));
    Optional<ResourceAmounts> overhead = spec.object("overhead").map(ContainerDecoder::amounts);
    others(spec);
    spec.end();
    return new PodSpec(
        inits,
        containers,
        volumes,
        restart,
        grace,
        nodeSelector,
        tolerations,
        nodeName,
        hostname,
        hostNetwork,
        isolation.context(),
        isolation.isolation(),
        scheduling,
        pullSecrets,
        runtimeClass,
        overhead);
  }

  private static String secretName(Fields reference) {
    String name = reference.requiredText("name", "expected a secret's name");
    reference.end();
    return name;
  }

  /** Fields of Kubernetes without a place in the model. */
  private static void others(Fields spec) {
    spec.oneOf("dnsPolicy", List.of("ClusterFirst", "ClusterFirstWithHostNet", "Default"));
    spec.oneOf("schedulerName", List.of("default-scheduler"));
    spec.oneOf("serviceAccountName", List.of("default"));
    spec.oneOf("serviceAccount", List.of("default"));
    spec.harmless("enableServiceLinks", "automountServiceAccountToken");
    spec.object("os")
        .ifPresent(
            os -> {
              os.oneOf("name", List.of("linux"));
              os.end();
            });
    spec.unsupported(
        "subdomain",
        "setHostnameAsFQDN",
        "activeDeadlineSeconds",
        "dnsConfig",
        "hostAliases",
        "ephemeralContainers",
        "readinessGates",
        "schedulingGates",
        "resourceClaims",
        "resources");
  }

  private static RestartPolicy restartPolicy(Fields spec, List<String> allowed) {
    return spec.oneOf("restartPolicy", allowed)
        .map(RESTART_POLICIES::get)
        .orElse(RESTART_POLICIES.get(allowed.get(0)));
  }

  static void unique(Fields fields, String list, List<String> names, Set<String> seen) {
    for (int i = 0; i < names.size(); i++) {
      if (!names.get(i).isEmpty() && !seen.add(names.get(i))) {
        fields.causes().duplicate(fields.path(list) + "[" + i + "].name", names.get(i));
      }
    }
  }

  private static Volume volume(Fields volume) {
    String name = volume.requiredText("name", "expected the volume's name");
    if (!name.isEmpty()) {
      NameRules.checkLabel(volume.causes(), volume.path("name"), name);
    }
    Optional<EmptyDir> emptyDir = volume.object("emptyDir").map(PodSpecDecoder::emptyDir);
    Optional<HostPath> hostPath = volume.object("hostPath").map(PodSpecDecoder::hostPath);
    Optional<ConfigSource.FileVolume> files = ConfigSourceDecoder.files(volume);
    Optional<ClaimSource> claim = volume.object("persistentVolumeClaim").map(VolumeFields::source);
    volume.unsupportedPresent(
        "ephemeral",
        "csi",
        "nfs",
        "iscsi",
        "image",
        "fc",
        "rbd",
        "cephfs",
        "glusterfs",
        "gitRepo",
        "flexVolume",
        "local",
        "awsElasticBlockStore",
        "azureDisk",
        "azureFile",
        "gcePersistentDisk");
    if (volume.knownPresent() == 1) {
      volume
          .causes()
          .required(
              volume.path(), "a volume needs exactly one kind, such as emptyDir or configMap");
    } else if (volume.knownPresent() > 2) {
      volume.causes().forbidden(volume.path(), "may not specify more than 1 volume type");
    }
    volume.end();
    return new Volume(name, emptyDir, hostPath, files, claim);
  }

  private static EmptyDir emptyDir(Fields fields) {
    String medium = fields.oneOf("medium", List.of("Memory")).orElse("");
    long limit =
        fields
            .any("sizeLimit")
            .map(
                value ->
                    Quantity.units(value)
                        .orElseGet(
                            () -> {
                              fields
                                  .causes()
                                  .invalid(
                                      fields.path("sizeLimit"),
                                      value,
                                      "must be a quantity such as \"64Mi\"");
                              return 0L;
                            }))
            .orElse(0L);
    fields.end();
    return new EmptyDir(medium, limit);
  }

  private static HostPath hostPath(Fields fields) {
    String path = fields.requiredText("path", "expected an absolute path of the machine");
    if (!path.isEmpty() && (!path.startsWith("/") || hasParentStep(path))) {
      fields.causes().invalid(fields.path("path"), path, "must be absolute and without '..'");
    }
    String type =
        fields
            .oneOf(
                "type",
                List.of(
                    "BlockDevice",
                    "CharDevice",
                    "Directory",
                    "DirectoryOrCreate",
                    "File",
                    "FileOrCreate",
                    "Socket"))
            .orElse("");
    fields.end();
    return new HostPath(path, type);
  }

  static boolean hasParentStep(String path) {
    return Stream.of(path.split("/")).anyMatch(".."::equals);
  }

  static Toleration toleration(Fields fields) {
    String key = fields.text("key").orElse("");
    if (!key.isEmpty()) {
      NameRules.checkKey(fields.causes(), fields.path("key"), key);
    }
    String operator = fields.oneOf("operator", List.of("Equal", "Exists")).orElse("Equal");
    boolean exists = operator.equals("Exists");
    if (key.isEmpty() && !exists) {
      fields
          .causes()
          .invalid(fields.path("operator"), operator, "must be Exists when `key` is empty");
    }
    String value = fields.text("value").orElse("");
    if (exists && !value.isEmpty()) {
      fields
          .causes()
          .invalid(fields.path("value"), value, "must be empty when `operator` is Exists");
    }
    Optional<Taint.Effect> effect =
        fields.oneOf("effect", NodeDecoder.EFFECT_NAMES).map(NodeDecoder.EFFECTS::get);
    Optional<Long> seconds = fields.number("tolerationSeconds", Long.MIN_VALUE, Long.MAX_VALUE);
    if (seconds.isPresent() && !effect.equals(Optional.of(Taint.Effect.NO_EXECUTE))) {
      fields
          .causes()
          .invalid(
              fields.path("effect"),
              effect.map(Object::toString).orElse(""),
              "must be NoExecute when `tolerationSeconds` is set");
    }
    fields.end();
    return new Toleration(key, exists, value, effect, seconds);
  }
}
