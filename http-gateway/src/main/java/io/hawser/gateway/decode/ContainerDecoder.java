package io.hawser.gateway.decode;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.gateway.wire.Fields;
import io.hawser.gateway.wire.NameRules;
import io.hawser.gateway.wire.Quantity;
import io.hawser.model.Lifecycle;
import io.hawser.model.PodContainer;
import io.hawser.model.PodContainer.ImagePullPolicy;
import io.hawser.model.PodContainer.MountPropagation;
import io.hawser.model.PodContainer.Port;
import io.hawser.model.PodContainer.VolumeMount;
import io.hawser.model.Probe;
import io.hawser.model.ResourceAmounts;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads a {@code core/v1 Container}. */
final class ContainerDecoder {
  private static final Map<String, ImagePullPolicy> PULL_POLICIES =
      Map.of(
          "Always", ImagePullPolicy.ALWAYS,
          "IfNotPresent", ImagePullPolicy.IF_NOT_PRESENT,
          "Never", ImagePullPolicy.NEVER);

  /** None, the default, is absent in the model. */
  private static final Map<String, MountPropagation> PROPAGATIONS =
      Map.of(
          "Bidirectional", MountPropagation.BIDIRECTIONAL,
          "HostToContainer", MountPropagation.HOST_TO_CONTAINER);

  private final Set<String> volumeNames;

  ContainerDecoder(Set<String> volumeNames) {
    this.volumeNames = volumeNames;
  }

  PodContainer decode(Fields fields, boolean init) {
    String name = fields.requiredText("name", "expected the container's name");
    if (!name.isEmpty()) {
      NameRules.checkLabel(fields.causes(), fields.path("name"), name);
    }
    String image = image(fields);
    ImagePullPolicy pull =
        fields
            .oneOf("imagePullPolicy", List.of("Always", "IfNotPresent", "Never"))
            .map(PULL_POLICIES::get)
            .orElse(defaultPullPolicy(image));
    List<Port> ports = ports(fields);
    ResourceAmounts[] resources = resources(fields);
    Set<String> portNames = ports.stream().map(Port::name).collect(Collectors.toSet());
    boolean sidecar = init && fields.oneOf("restartPolicy", List.of("Always")).isPresent();
    boolean plainInit = init && !sidecar;
    Optional<Probe> startup = probe(fields, "startupProbe", portNames, plainInit);
    Optional<Probe> liveness = probe(fields, "livenessProbe", portNames, plainInit);
    Optional<Probe> readiness = probe(fields, "readinessProbe", portNames, plainInit);
    if (plainInit && fields.has("lifecycle")) {
      fields.causes().forbidden(fields.path("lifecycle"), "may not be set for init containers");
    }
    PodContainer container =
        new PodContainer(
            name,
            image,
            pull,
            fields.strings("command"),
            fields.strings("args"),
            fields.text("workingDir"),
            fields.objects("env", ConfigSourceDecoder::variable),
            ports,
            resources[0],
            resources[1],
            mounts(fields),
            startup,
            liveness,
            readiness,
            fields
                .object("securityContext")
                .map(SecurityContextDecoder::ofContainer)
                .orElse(PodContainer.SecurityContext.DEFAULT),
            fields.bool("stdin").orElse(false),
            fields.bool("tty").orElse(false),
            fields.objects("envFrom", ConfigSourceDecoder::allKeys),
            fields
                .object("lifecycle")
                .map(l -> LifecycleDecoder.decode(l, portNames))
                .orElse(Lifecycle.NONE),
            sidecar,
            fields.bool("stdinOnce").orElse(false));
    refuseSharingMounts(fields, container);
    if (!init) {
      fields.unsupported("restartPolicy");
    }
    others(fields);
    fields.end();
    return container;
  }

  /** What such a container mounts appears on the machine: Kubernetes' rule. */
  private static void refuseSharingMounts(Fields fields, PodContainer container) {
    boolean privileged = container.securityContext().confinement().privileged().orElse(false);
    for (int i = 0; i < container.volumeMounts().size() && !privileged; i++) {
      Optional<MountPropagation> propagation = container.volumeMounts().get(i).propagation();
      if (propagation.equals(Optional.of(MountPropagation.BIDIRECTIONAL))) {
        fields
            .causes()
            .forbidden(
                fields.path("volumeMounts") + "[" + i + "].mountPropagation",
                "Bidirectional is available only to privileged containers");
      }
    }
  }

  private static void others(Fields fields) {
    fields.harmless("terminationMessagePath");
    fields.oneOf("terminationMessagePolicy", List.of("FallbackToLogsOnError", "File"));
    // The default, and the only one: whoever wants a restart rolls the template.
    fields.objects("resizePolicy", ContainerDecoder::resizePolicy);
    fields.unsupported("volumeDevices");
  }

  private static String resizePolicy(Fields fields) {
    String resource = fields.requiredText("resourceName", "expected cpu or memory");
    fields.oneOf("resourceName", List.of("cpu", "memory"));
    fields.requiredText("restartPolicy", "expected NotRequired");
    fields.oneOf("restartPolicy", List.of("NotRequired"));
    fields.end();
    return resource;
  }

  private static String image(Fields fields) {
    String image = fields.requiredText("image", "expected the image's name");
    if (!image.isEmpty()
        && (!image.equals(image.strip()) || image.chars().anyMatch(c -> c <= ' '))) {
      fields.causes().invalid(fields.path("image"), image, "must not contain white space");
    }
    return image;
  }

  /** As in Kubernetes: an image that may move is looked for each time. */
  private static ImagePullPolicy defaultPullPolicy(String image) {
    if (image.contains("@")) {
      return ImagePullPolicy.IF_NOT_PRESENT;
    }
    String last = image.substring(image.lastIndexOf('/') + 1);
    int colon = last.indexOf(':');
    boolean latest = colon < 0 || last.substring(colon + 1).equals("latest");
    return latest ? ImagePullPolicy.ALWAYS : ImagePullPolicy.IF_NOT_PRESENT;
  }

  private static Optional<Probe> probe(
      Fields fields, String field, Set<String> portNames, boolean init) {
    Optional<Probe> probe =
        fields
            .object(field)
            .map(p -> ProbeDecoder.decode(p, portNames, field.equals("readinessProbe")));
    if (init && probe.isPresent()) {
      fields.causes().forbidden(fields.path(field), "may not be set for init containers");
    }
    return probe;
  }

  private static List<Port> ports(Fields fields) {
    List<Port> ports = fields.objects("ports", ContainerDecoder::port);
    Set<String> seen = new HashSet<>();
    PodSpecDecoder.unique(fields, "ports", ports.stream().map(Port::name).toList(), seen);
    return ports;
  }

  private static Port port(Fields fields) {
    String name = fields.text("name").orElse("");
    if (!name.isEmpty()) {
      NameRules.checkPortName(fields.causes(), fields.path("name"), name);
    }
    if (!fields.has("containerPort")) {
      fields.causes().required(fields.path("containerPort"), "expected a port from 1 to 65535");
    }
    Port port =
        new Port(
            name,
            fields.integer("containerPort", 0, 1, 65_535),
            fields.integer("hostPort", 0, 0, 65_535),
            fields.oneOf("protocol", List.of("SCTP", "TCP", "UDP")).orElse("TCP"));
    fields.unsupported("hostIP");
    fields.end();
    return port;
  }

  private List<VolumeMount> mounts(Fields fields) {
    Set<String> paths = new HashSet<>();
    return fields.objects(
        "volumeMounts",
        mount -> {
          VolumeMount read = mount(mount);
          if (!read.mountPath().isEmpty() && !paths.add(read.mountPath())) {
            mount.causes().duplicate(mount.path("mountPath"), read.mountPath());
          }
          return read;
        });
  }

  private VolumeMount mount(Fields fields) {
    String name = fields.requiredText("name", "expected a volume's name");
    if (!name.isEmpty() && !volumeNames.contains(name)) {
      fields.causes().invalid(fields.path("name"), name, "no volume of the pod has this name");
    }
    String path = fields.requiredText("mountPath", "expected an absolute path of the container");
    if (!path.isEmpty() && (!path.startsWith("/") || PodSpecDecoder.hasParentStep(path))) {
      fields.causes().invalid(fields.path("mountPath"), path, "must be absolute and without '..'");
    }
    Optional<String> subPath = fields.text("subPath");
    subPath
        .filter(p -> p.startsWith("/") || PodSpecDecoder.hasParentStep(p))
        .ifPresent(
            p ->
                fields
                    .causes()
                    .invalid(fields.path("subPath"), p, "must be relative and without '..'"));
    boolean readOnly = fields.bool("readOnly").orElse(false);
    Optional<MountPropagation> propagation =
        fields
            .oneOf("mountPropagation", List.of("Bidirectional", "HostToContainer", "None"))
            .map(PROPAGATIONS::get);
    fields.oneOf("recursiveReadOnly", List.of("Disabled"));
    fields.unsupported("subPathExpr");
    fields.end();
    return new VolumeMount(name, path, readOnly, subPath, propagation);
  }

  /** The requests and the limits. */
  private static ResourceAmounts[] resources(Fields fields) {
    Optional<Fields> resources = fields.object("resources");
    if (resources.isEmpty()) {
      return new ResourceAmounts[] {ResourceAmounts.NONE, ResourceAmounts.NONE};
    }
    Fields both = resources.get();
    ResourceAmounts requests =
        both.object("requests").map(ContainerDecoder::amounts).orElse(ResourceAmounts.NONE);
    ResourceAmounts limits =
        both.object("limits").map(ContainerDecoder::amounts).orElse(ResourceAmounts.NONE);
    atMost(both, "cpu", requests.cpuMillis(), limits.cpuMillis());
    atMost(both, "memory", requests.memoryBytes(), limits.memoryBytes());
    atMost(
        both,
        "ephemeral-storage",
        requests.ephemeralStorageBytes(),
        limits.ephemeralStorageBytes());
    requests
        .extended()
        .forEach((name, n) -> atMost(both, name, n, limits.extended().getOrDefault(name, 0L)));
    both.unsupported("claims");
    both.end();
    return new ResourceAmounts[] {requests, limits};
  }

  private static void atMost(Fields both, String resource, long request, long limit) {
    if (limit > 0 && request > limit) {
      both.causes()
          .invalid(
              both.path("requests." + resource),
              resource.equals("cpu") ? Quantity.cpu(request) : Quantity.bytes(request),
              "must be less than or equal to the " + resource + " limit");
    }
  }

  static ResourceAmounts amounts(Fields fields) {
    long cpu = 0;
    long memory = 0;
    long storage = 0;
    Map<String, Long> extended = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : fields.entries().entrySet()) {
      String name = entry.getKey();
      Optional<Long> amount =
          name.equals("cpu") ? Quantity.millis(entry.getValue()) : Quantity.units(entry.getValue());
      if (amount.isEmpty()) {
        fields
            .causes()
            .invalid(
                fields.path(name),
                entry.getValue(),
                "must be a quantity of 0 or more, such as \"500m\" or \"64Mi\"");
        continue;
      }
      switch (name) {
        case "cpu" -> cpu = amount.get();
        case "memory" -> memory = amount.get();
        case "ephemeral-storage" -> storage = amount.get();
        default -> extended(fields, name, amount.get(), extended);
      }
    }
    return new ResourceAmounts(cpu, memory, storage, extended);
  }

  private static void extended(
      Fields fields, String name, long amount, Map<String, Long> extended) {
    if (name.contains("/") && NameRules.isQualifiedName(name)) {
      if (amount > 0) {
        extended.put(name, amount);
      }
    } else {
      fields
          .causes()
          .notSupported(
              fields.path(name),
              name,
              List.of("cpu", "memory", "ephemeral-storage", "example.com/resource"));
    }
  }
}
