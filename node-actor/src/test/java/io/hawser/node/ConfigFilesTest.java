package io.hawser.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.model.ApiObject;
import io.hawser.model.ConfigMap;
import io.hawser.model.ConfigSource.AllKeys;
import io.hawser.model.ConfigSource.FileVolume;
import io.hawser.model.ConfigSource.Form;
import io.hawser.model.ConfigSource.Item;
import io.hawser.model.ConfigSource.KeyRef;
import io.hawser.model.ConfigSource.Kind;
import io.hawser.model.ConfigSource.ResourceRef;
import io.hawser.model.Lifecycle;
import io.hawser.model.ObjectMeta;
import io.hawser.model.PodContainer;
import io.hawser.model.PodContainer.EnvVar;
import io.hawser.model.PodSpec;
import io.hawser.model.PodSpec.RestartPolicy;
import io.hawser.model.ResourceAmounts;
import io.hawser.model.RuntimeClass;
import io.hawser.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Variables and files from config maps, secrets and the pod itself. */
class ConfigFilesTest {
  private static final ResourceAmounts CAPACITY = new ResourceAmounts(2_000, 1L << 30, 0, Map.of());
  private static final PodContainer MAIN = Pods.container("main");
  private static final PodFields FIELDS =
      new PodFields(
          Pods.pod("u1", Pods.spec(RestartPolicy.ALWAYS, MAIN)), "n1", "10.0.0.2", "10.1.1.1");

  @TempDir Path directory;

  private static ConfigValues values(ApiObject... objects) {
    return new ConfigValues(Stream.of(objects).collect(Collectors.toMap(ApiObject::key, o -> o)));
  }

  private static ObjectMeta meta(String name) {
    return new ObjectMeta("default", name, "u", 1, 1, Instant.EPOCH, Map.of(), Map.of());
  }

  private static ConfigMap map(String... pairs) {
    Map<String, String> data = new java.util.HashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      data.put(pairs[i], pairs[i + 1]);
    }
    return new ConfigMap(meta("settings"), data, Map.of("raw", "AAE="), false);
  }

  private static Secret secret() {
    return new Secret(meta("keys"), Secret.OPAQUE, Map.of("password", "aHVudGVyMg=="), false);
  }

  private static FileVolume all(String name, boolean optional) {
    return new FileVolume(
        Form.CONFIG_MAP,
        0640,
        List.of(
            new io.hawser.model.ConfigSource.Files(Kind.CONFIG_MAP, name, optional, List.of())));
  }

  private static PodContainer container(List<AllKeys> from, EnvVar... env) {
    return new PodContainer(
        "main",
        MAIN.image(),
        MAIN.imagePullPolicy(),
        List.of(),
        List.of(),
        Optional.empty(),
        List.of(env),
        List.of(),
        ResourceAmounts.NONE,
        new ResourceAmounts(0, 96L << 20, 0, Map.of()),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        MAIN.securityContext(),
        false,
        false,
        from,
        Lifecycle.NONE,
        false,
        false);
  }

  private static EnvVar ref(String name, Kind kind, String object, String key, boolean optional) {
    return new EnvVar(
        name,
        Optional.empty(),
        Optional.empty(),
        Optional.of(new KeyRef(kind, object, key, optional)),
        Optional.empty());
  }

  @Test
  void singleVariablesWinOverWholeObjectsAndMayReferToThem() {
    PodContainer container =
        container(
            List.of(
                new AllKeys("S_", Kind.CONFIG_MAP, "settings", false),
                new AllKeys("", Kind.SECRET, "absent", true)),
            ref("PASSWORD", Kind.SECRET, "keys", "password", false),
            ref("NOTHING", Kind.SECRET, "keys", "other", true),
            new EnvVar("BOTH", Optional.of("$(S_color)-$(PASSWORD)"), Optional.empty()),
            new EnvVar("S_size", Optional.of("own"), Optional.empty()));

    assertThat(
            Variables.of(
                FIELDS,
                container,
                values(map("color", "blue", "size", "1", "not a name", "x"), secret()),
                CAPACITY))
        .containsEntry("BOTH", "blue-hunter2")
        .containsEntry("S_size", "own")
        .doesNotContainKeys("NOTHING", "S_not a name");
  }

  @Test
  void aResourceIsRoundedUpToItsUnitAndFallsBackToTheMachine() {
    EnvVar memory =
        new EnvVar(
            "MEM",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(new ResourceRef("", "limits.memory", "1Gi", 1000L << 30)));
    EnvVar cpu =
        new EnvVar(
            "CPU",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(new ResourceRef("", "limits.cpu", "", 1_000)));
    PodContainer container = container(List.of(), memory, cpu);
    PodFields fields =
        new PodFields(Pods.pod("u1", Pods.spec(RestartPolicy.ALWAYS, container)), "n1", "", "");
    assertThat(Variables.of(fields, container, ConfigValues.NONE, CAPACITY))
        .containsEntry("MEM", "1")
        .containsEntry("CPU", "2");
  }

  @Test
  void whatIsMissingAndNotOptionalIsNamedWithoutItsNeighbours() {
    PodContainer lacks = container(List.of(), ref("A", Kind.SECRET, "keys", "other", false));
    assertThatThrownBy(() -> Variables.of(FIELDS, lacks, values(secret()), CAPACITY))
        .isInstanceOf(ConfigFault.class)
        .hasMessage("couldn't find key other in secret \"keys\"");
    assertThatThrownBy(() -> ConfigFiles.of(all("no", false), FIELDS, values(), CAPACITY))
        .hasMessage("configmap \"no\" not found");
    assertThat(ConfigFiles.of(all("no", true), FIELDS, values(), CAPACITY)).isEmpty();
    assertThat(values(secret()).toString()).doesNotContain("hunter2", "aHVudGVyMg");
  }

  @Test
  void filesChangeAllAtOnceAndTheirOldOnesGo() throws IOException {
    Path volume = directory.resolve("v");
    ConfigFiles.write(
        volume,
        ConfigFiles.of(all("settings", false), FIELDS, values(map("a", "1", "b", "2")), CAPACITY));
    assertThat(volume.resolve("a")).hasContent("1");
    assertThat(volume.resolve("raw")).hasBinaryContent(new byte[] {0, 1});
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(volume.resolve("a"))))
        .isEqualTo("rw-r-----");
    Path first = Files.readSymbolicLink(volume.resolve("..data"));

    ConfigFiles.write(
        volume,
        ConfigFiles.of(all("settings", false), FIELDS, values(map("a", "1", "b", "2")), CAPACITY));
    assertThat(Files.readSymbolicLink(volume.resolve("..data"))).as("unchanged").isEqualTo(first);

    ConfigFiles.write(
        volume, ConfigFiles.of(all("settings", false), FIELDS, values(map("a", "3")), CAPACITY));
    assertThat(volume.resolve("a")).hasContent("3");
    assertThat(volume.resolve("b")).doesNotExist();
    assertThat(volume.resolve(first)).doesNotExist();
  }

  @Test
  void aProjectedVolumeHoldsFilesOfSeveralObjectsAndThePodAtTheirPaths() {
    FileVolume projected =
        new FileVolume(
            Form.PROJECTED,
            0644,
            List.of(
                new io.hawser.model.ConfigSource.Files(
                    Kind.SECRET,
                    "keys",
                    false,
                    List.of(new Item("password", Optional.empty(), "db/pass", Optional.of(0400)))),
                new io.hawser.model.ConfigSource.Files(
                    Kind.DOWNWARD,
                    "",
                    false,
                    List.of(
                        new Item(
                            "metadata.labels", Optional.empty(), "labels", Optional.empty())))));
    Path volume = directory.resolve("v");
    ConfigFiles.write(volume, ConfigFiles.of(projected, FIELDS, values(secret()), CAPACITY));
    assertThat(volume.resolve("db/pass")).hasContent("hunter2");
    assertThat(volume.resolve("labels")).hasContent("app=\"web\"");
  }

  @Test
  void aRuntimeClassTellsTheHandlerAndOneThatIsMissingIsSaid() {
    PodSpec plain = Pods.spec(RestartPolicy.ALWAYS, MAIN);
    PodSpec sandboxed = plain.withRuntimeClass("sandboxed");
    ObjectMeta meta = new ObjectMeta("", "sandboxed", "u", 1, 1, Instant.EPOCH, Map.of(), Map.of());
    RuntimeClass found = new RuntimeClass(meta, "runsc", ResourceAmounts.NONE, Map.of(), List.of());
    assertThat(values(found).handler(plain)).isEmpty();
    assertThat(values(found).handler(sandboxed)).contains("runsc");
    assertThatThrownBy(() -> values().handler(sandboxed))
        .isInstanceOf(ConfigFault.class)
        .hasMessageContaining("RuntimeClass \"sandboxed\" not found");
  }
}
