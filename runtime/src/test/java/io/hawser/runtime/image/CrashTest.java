package io.hawser.runtime.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.hawser.runtime.ImageStore;
import io.hawser.runtime.image.build.BuildRequest;
import io.hawser.runtime.image.oci.Platform;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.registry.Credentials;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.TransferProgress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a JVM that pulls, imports, builds and collects, at random moments. */
class CrashTest {
  private static final int ROUNDS = 8;
  private static final int LONGEST_LIFE_MILLIS = 1500;

  @TempDir Path directory;

  /** What the victim does: everything, again and again. */
  static final class Victim {
    public static void main(String[] arguments) throws IOException {
      Path directory = Path.of(arguments[0]);
      Images images = Images.open(directory.resolve("images"));
      RegistrySettings settings = RegistrySettings.defaults().withCredentials(Credentials.NONE);
      System.out.println("ready");
      for (int i = 0; ; i++) {
        images.pull(arguments[1], Optional.empty(), settings, TransferProgress.SILENT);
        images.importDirectory("imported:1", directory.resolve("root"), RunConfig.EMPTY);
        Files.writeString(
            directory.resolve("root/Dockerfile"), "FROM imported:1\nCOPY . /" + i + "/\n");
        images.build(BuildRequest.of(directory.resolve("root"), "built:1"));
        images.remove(arguments[1], true);
        images.prune(false);
      }
    }
  }

  @Test
  void storeIsSoundAfterAKillAtAnyMoment() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Path root = Files.createDirectories(directory.resolve("root"));
    byte[] noise = new byte[3 << 20];
    random.nextBytes(noise);
    Files.write(root.resolve("noise"), noise);
    try (FakeRegistry registry = new FakeRegistry()) {
      String text = java.util.Base64.getEncoder().encodeToString(noise);
      registry.putImage(
          "a",
          "1",
          Platform.here(),
          new TarBytes().file("big", text).toBytes(),
          new TarBytes().file("small", "small").toBytes());
      String name = registry.host() + "/a:1";
      for (int round = 0; round < ROUNDS; round++) {
        runAndKill(name, random.nextInt(LONGEST_LIFE_MILLIS));
        examine(noise, text, "seed " + seed + " round " + round);
      }
      finish(name, "seed " + seed);
    }
  }

  /** Pulls, runs and removes an image of its own name; the layers are shared by all. */
  static final class Neighbour {
    private static final int ROUNDS = 12;

    public static void main(String[] arguments) {
      Images images = Images.open(Path.of(arguments[0]).resolve("images"));
      RegistrySettings settings = RegistrySettings.defaults().withCredentials(Credentials.NONE);
      ImageStore store = new LayeredImageStore(images.library());
      for (int i = 0; i < ROUNDS; i++) {
        images.pull(arguments[1], Optional.empty(), settings, TransferProgress.SILENT);
        ImageStore.Image image = store.find(arguments[1]).orElseThrow();
        store.pin(arguments[2], image);
        images.remove(arguments[1], true);
        images.prune(false);
        if (!Files.exists(image.layers().get(0).resolve("small"))
            || !Files.exists(image.layers().get(1).resolve("big"))) {
          throw new IllegalStateException("a layer in use was collected");
        }
        store.unpin(arguments[2]);
        images.prune(false);
      }
    }
  }

  @Test
  void processesShareADirectoryWithoutTakingFromEachOther() throws Exception {
    try (FakeRegistry registry = new FakeRegistry()) {
      java.util.List<Process> neighbours = new java.util.ArrayList<>();
      try {
        for (String who : new String[] {"one", "two", "three"}) {
          registry.putImage(
              who,
              "1",
              Platform.here(),
              new TarBytes().file("big", "x".repeat(300_000)).toBytes(),
              new TarBytes().file("small", "small").toBytes());
          neighbours.add(neighbour(registry.host() + "/" + who + ":1", who));
        }
        for (Process neighbour : neighbours) {
          assertThat(neighbour.waitFor(120, TimeUnit.SECONDS)).isTrue();
          String output = new String(neighbour.getInputStream().readAllBytes());
          assertThat(neighbour.exitValue()).as(output).isZero();
        }
      } finally {
        neighbours.forEach(Process::destroyForcibly);
      }
    }
    Images images = Images.open(directory.resolve("images"));
    images.prune(false);
    assertThat(images.library().content().list()).isEmpty();
  }

  private Process neighbour(String image, String holder) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Neighbour.class.getName(),
            directory.toString(),
            image,
            holder)
        .redirectErrorStream(true)
        .start();
  }

  private void runAndKill(String name, int lifeMillis) throws Exception {
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                directory.toString(),
                name)
            .redirectErrorStream(true)
            .start();
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(victim.getInputStream()))) {
      String line = output.readLine();
      while (line != null && !line.equals("ready")) {
        line = output.readLine();
      }
      assertThat(line).isEqualTo("ready");
      // The moment of death is what is drawn by lot here.
      assertThat(victim.waitFor(lifeMillis, TimeUnit.MILLISECONDS))
          .as("it should still work, but ended by itself")
          .isFalse();
    } finally {
      victim.destroyForcibly();
      assertThat(victim.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private void examine(byte[] noise, String text, String when) throws IOException {
    Images images = Images.open(directory.resolve("images"));
    assertThat(images.verify()).as(when).isEmpty();
    ImageStore store = new LayeredImageStore(images.library());
    int named = images.library().references().list().size();
    assertThat(store.list()).as(when).hasSize(named);
    for (ImageStore.Image image : store.list()) {
      for (Path layer : image.layers()) {
        if (Files.exists(layer.resolve("noise"))) {
          assertThat(Files.readAllBytes(layer.resolve("noise"))).as(when).isEqualTo(noise);
        }
        if (Files.exists(layer.resolve("big"))) {
          assertThat(Files.readString(layer.resolve("big")).equals(text)).as(when).isTrue();
        }
      }
    }
  }

  private void finish(String name, String when) {
    Images images = Images.open(directory.resolve("images"));
    images.pull(
        name,
        Optional.empty(),
        RegistrySettings.defaults().withCredentials(Credentials.NONE),
        TransferProgress.SILENT);
    images.prune(false);
    for (String left : new String[] {"staging", "leases", "trash"}) {
      assertThat(directory.resolve("images").resolve(left)).as(when).isEmptyDirectory();
    }
    images.library().references().list().forEach(r -> images.remove(r.name(), true));
    new io.hawser.runtime.image.build.BuildCache(images.library().layout()).clear();
    images.prune(false);
    assertThat(images.library().content().list()).as(when).isEmpty();
    assertThat(directory.resolve("images/layers")).as(when).isEmptyDirectory();
  }
}
