package io.hawser.runtime.image.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.StoredImage;
import io.hawser.runtime.image.layer.ImageTree;
import io.hawser.runtime.image.oci.RunConfig;
import io.hawser.runtime.image.store.Lease;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageBuilderTest {
  @TempDir Path directory;
  private Path context;
  private Images images;
  private final List<RunStep.Request> runs = new ArrayList<>();
  private final List<String> output = new ArrayList<>();

  @BeforeEach
  void makeContext() throws IOException {
    context = Files.createDirectories(directory.resolve("context"));
    write("a.txt", "a");
    write("dir/b.txt", "b");
    write("dir/sub/c.txt", "c");
    images = Images.open(directory.resolve("images"));
  }

  private Path write(String path, String content) throws IOException {
    Path file = context.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  /** Writes a file named after the command, as a container would into its upper layer. */
  private int fakeRun(RunStep.Request request) {
    runs.add(request);
    String command = request.command().get(request.command().size() - 1);
    if (command.startsWith("exit ")) {
      return Integer.parseInt(command.substring(5));
    }
    try {
      Files.writeString(request.upper().resolve("ran"), String.join(" ", request.command()));
      return 0;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private BuildRequest request(String... lines) throws IOException {
    write("Dockerfile", String.join("\n", lines));
    return BuildRequest.of(context, "result:1").withRunStep(this::fakeRun).withOutput(output::add);
  }

  private StoredImage build(String... lines) throws IOException {
    return images.build(request(lines));
  }

  private AbstractThrowableAssert<?, ?> refusal(String... lines) {
    return assertThatThrownBy(() -> build(lines)).isInstanceOf(ImageFault.class);
  }

  private Optional<String> content(StoredImage image, String path) {
    try (Lease lease = images.library().lease()) {
      return images
          .library()
          .tree(image, lease)
          .read(path, 1000)
          .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Optional<ImageTree.Located> located(StoredImage image, String path) throws IOException {
    try (Lease lease = images.library().lease()) {
      return images.library().tree(image, lease).locate(path, false);
    }
  }

  @Test
  void configInstructionsFillTheConfig() throws IOException {
    RunConfig config =
        build(
                "ARG VERSION=7",
                "FROM scratch",
                "ARG VERSION",
                "ENV A=1 B=\"two words\" C=$VERSION",
                "ENV OLD old form  value",
                "LABEL x=\"y z\" \"quoted key\"=v",
                "WORKDIR /app",
                "WORKDIR sub",
                "USER app:staff",
                "EXPOSE 80 53/udp 8000-8001",
                "VOLUME [\"/data\", \"/more\"]",
                "VOLUME /third",
                "STOPSIGNAL SIGQUIT",
                "SHELL [\"/bin/bash\", \"-ec\"]",
                "CMD [\"one\", \"two\"]",
                "ENTRYPOINT run me",
                "HEALTHCHECK --interval=1m30s --retries=2 CMD curl localhost")
            .config()
            .config();
    assertThat(config.env())
        .contains("A=1", "B=two words", "C=7", "OLD=old form  value")
        .anyMatch(e -> e.startsWith("PATH="));
    assertThat(config.labels()).containsEntry("x", "y z").containsEntry("quoted key", "v");
    assertThat(config.workingDir()).isEqualTo("/app/sub");
    assertThat(config.user()).isEqualTo("app:staff");
    assertThat(config.exposedPorts()).containsOnlyKeys("80/tcp", "53/udp", "8000/tcp", "8001/tcp");
    assertThat(config.volumes()).containsOnlyKeys("/data", "/more", "/third");
    assertThat(config.stopSignal()).isEqualTo("SIGQUIT");
    assertThat(config.cmd()).containsExactly("one", "two");
    assertThat(config.entrypoint()).containsExactly("/bin/bash", "-ec", "run me");
    assertThat(config.healthcheck())
        .isEqualTo(
            new RunConfig.Healthcheck(
                List.of("CMD-SHELL", "curl localhost"), 90_000_000_000L, 0, 0, 0, 2));
  }

  @Test
  void copyFollowsDockersRulesForDestinations() throws IOException {
    StoredImage image =
        build(
            "FROM scratch",
            "COPY a.txt /file",
            "COPY a.txt /made/",
            "COPY dir /contents",
            "COPY a.txt dir/*.txt /several/",
            "WORKDIR /w",
            "COPY a.txt .",
            "COPY a.txt ../up.txt",
            "COPY a.txt /made",
            "COPY [\"a.txt\", \"/json form/\"]");
    assertThat(content(image, "file")).contains("a");
    assertThat(content(image, "made/a.txt")).contains("a");
    assertThat(content(image, "contents/sub/c.txt")).contains("c");
    assertThat(content(image, "contents/dir/b.txt")).isEmpty();
    assertThat(content(image, "several/b.txt")).contains("b");
    assertThat(content(image, "w/a.txt")).contains("a");
    assertThat(content(image, "up.txt")).contains("a");
    assertThat(content(image, "json form/a.txt")).contains("a");
  }

  @BeforeEach
  void makeArchive() throws Exception {
    Path tree = Files.createDirectories(directory.resolve("tree"));
    Files.createSymbolicLink(tree.resolve("lib"), Path.of("usr/lib"));
    Files.createSymbolicLink(tree.resolve("out"), Path.of("../../../../outside"));
    Process tar =
        new ProcessBuilder(
                "tar", "-cf", context.resolve("links.tar").toString(), "-C", tree.toString(), ".")
            .start();
    assertThat(tar.waitFor()).isZero();
  }

  @Test
  void linkInTheImageLeadsInsideTheImage() throws IOException {
    StoredImage image =
        build("FROM scratch", "ADD links.tar /", "COPY a.txt /lib/", "COPY a.txt /out/");
    assertThat(content(image, "usr/lib/a.txt")).contains("a");
    assertThat(content(image, "outside/a.txt")).contains("a");
    assertThat(directory.resolve("outside")).doesNotExist();
    assertThat(located(image, "lib").orElseThrow().stat().isLink()).isTrue();
  }

  @Test
  void ownerAndModeAreSet() throws IOException {
    StoredImage image =
        build(
            "FROM scratch",
            "COPY <<EOF /etc/passwd",
            "root:x:0:0::/:/bin/sh",
            "app:x:1001:1002::/:/bin/sh",
            "EOF",
            "COPY --chown=app --chmod=640 a.txt /by-name",
            "COPY --chown=7:8 a.txt /by-number");
    var byName = located(image, "by-name").orElseThrow().stat();
    assertThat(byName.permissions()).isEqualTo(0640);
    if (io.hawser.runtime.image.fs.Dir.privileged()) {
      assertThat(byName.uid()).isEqualTo(1001);
      assertThat(byName.gid()).isEqualTo(1002);
      assertThat(located(image, "by-number").orElseThrow().stat().gid()).isEqualTo(8);
    }
    refusal("FROM scratch", "COPY --chown=nobody a.txt /x")
        .hasMessageContaining("Dockerfile:2: --chown=nobody is not in the image's");
  }

  @Test
  void stagesAreBuiltOnlyWhenNeeded() throws IOException {
    String[] lines = {
      "FROM scratch AS one",
      "COPY a.txt /a",
      "FROM scratch AS unused",
      "RUN exit 1",
      "FROM one AS two",
      "COPY dir/b.txt /b",
      "FROM scratch",
      "COPY --from=two / /all/",
      "COPY --from=0 /a /first",
    };
    StoredImage image = build(lines);
    assertThat(content(image, "all/a")).contains("a");
    assertThat(content(image, "all/b")).contains("b");
    assertThat(content(image, "first")).contains("a");
    StoredImage target = images.build(request(lines).withTarget("two"));
    assertThat(content(target, "b")).contains("b");
    assertThatThrownBy(() -> images.build(request(lines).withTarget("three")))
        .hasMessageContaining("no stage 'three'");
    refusal("FROM scratch AS x", "COPY --from=x a /b").hasMessageContaining("no earlier stage");
  }

  @Test
  void sameInputsGiveTheSameDigestWhateverTheClockAndTheCacheSay() throws IOException {
    String[] lines = {"FROM scratch", "WORKDIR /w", "COPY . /w/", "RUN make", "ENV A=b"};
    StoredImage first = build(lines);
    Files.setLastModifiedTime(context.resolve("a.txt"), FileTime.fromMillis(1_700_000_000_000L));
    StoredImage again = images.build(request(lines).withoutCache());
    assertThat(again.manifest().digest()).isEqualTo(first.manifest().digest());
    Images elsewhere = Images.open(directory.resolve("elsewhere"));
    assertThat(elsewhere.build(request(lines)).manifest().digest())
        .isEqualTo(first.manifest().digest());
    write("a.txt", "changed");
    assertThat(build(lines).manifest().digest()).isNotEqualTo(first.manifest().digest());
  }

  @Test
  void cacheIsKeyedByContent() throws IOException {
    String[] lines = {"FROM scratch", "COPY a.txt /", "RUN make", "COPY dir /dir"};
    build(lines);
    assertThat(runs).hasSize(1);
    write("dir/b.txt", "changed");
    build(lines);
    assertThat(runs).as("nothing above RUN changed").hasSize(1);
    write("a.txt", "changed");
    build(lines);
    assertThat(runs).hasSize(2);
    images.remove("result:1", false);
    images.prune(false);
    build(lines);
    assertThat(runs).as("a collection keeps what the cache names").hasSize(2);
  }

  @Test
  void runGetsShellEnvironmentAndLayers() throws IOException {
    StoredImage image =
        images.build(
            request(
                    "FROM scratch",
                    "ARG SPEED=slow",
                    "ARG SHADOWED=arg",
                    "ENV SHADOWED=env",
                    "USER app",
                    "WORKDIR /w",
                    "RUN one \\",
                    "  two",
                    "RUN [\"exec\", \"form\"]",
                    "RUN --network=none <<EOF",
                    "line 1 $SPEED",
                    "line 2",
                    "EOF",
                    "RUN <<-PROGRAM",
                    "\t#!/usr/bin/python3",
                    "\tprint('$SPEED')",
                    "PROGRAM")
                .withBuildArgs(Map.of("SPEED", "fast", "UNUSED", "x")));
    assertThat(runs)
        .extracting(RunStep.Request::command)
        .containsExactly(
            List.of("/bin/sh", "-c", "one   two"),
            List.of("exec", "form"),
            List.of("/bin/sh", "-c", "line 1 $SPEED\nline 2\n"),
            List.of("/bin/sh", "-c", "/dev/pipes/PROGRAM"));
    assertThat(runs.get(3).script())
        .contains(new RunStep.Script("PROGRAM", "#!/usr/bin/python3\nprint('$SPEED')\n"));
    RunStep.Request first = runs.get(0);
    assertThat(first.env()).contains("SPEED=fast", "SHADOWED=env").doesNotContain("SHADOWED=arg");
    assertThat(first.user()).isEqualTo("app");
    assertThat(first.workingDir()).isEqualTo("/w");
    assertThat(first.layersTopFirst()).hasSize(1);
    assertThat(runs.get(2).network()).isEqualTo("none");
    assertThat(content(image, "ran")).contains("/bin/sh -c /dev/pipes/PROGRAM");
    assertThat(output).contains("warning: no ARG takes the build argument UNUSED");
  }

  @Test
  void failedRunNamesItsLineAndNothingIsNamed() {
    refusal("FROM scratch", "", "RUN exit 3")
        .hasMessageContaining("Dockerfile:3: RUN ended with exit code 3");
    assertThat(images.list()).isEmpty();
    assertThat(directory.resolve("images/staging")).isEmptyDirectory();
  }

  @Test
  void baseImageIsInherited() throws IOException {
    images.build(request("FROM scratch", "COPY a.txt /a", "CMD [\"base\"]", "ENV A=1", "EXPOSE 1"));
    images.tag("result:1", "base:1");
    StoredImage image = build("ARG WHICH=base", "FROM ${WHICH}:1", "ENTRYPOINT [\"own\"]");
    assertThat(image.config().config().env()).contains("A=1");
    assertThat(image.config().config().cmd()).isEmpty();
    assertThat(image.config().history()).hasSize(5);
    assertThat(images.history("result:1")).hasSize(5);
    assertThat(content(image, "a")).contains("a");
  }

  @Test
  void ignoredFilesAreNotThere() throws IOException {
    write(".dockerignore", "dir\n!dir/sub/c.txt\n*.tar\nDockerfile\n");
    StoredImage image = build("FROM scratch", "COPY . /all/");
    assertThat(content(image, "all/a.txt")).contains("a");
    assertThat(content(image, "all/dir/sub/c.txt")).contains("c");
    assertThat(content(image, "all/dir/b.txt")).isEmpty();
    assertThat(content(image, "all/Dockerfile")).isEmpty();
    refusal("FROM scratch", "COPY dir/b.txt /").hasMessageContaining("excluded by .dockerignore");
  }

  @Test
  void hereDocumentsBecomeFiles() throws IOException {
    StoredImage image =
        build(
            "FROM scratch",
            "ENV WHO=world",
            "COPY <<one.txt <<\"two.txt\" /d/",
            "hello $WHO",
            "one.txt",
            "hello $WHO",
            "two.txt");
    assertThat(content(image, "d/one.txt")).contains("hello world\n");
    assertThat(content(image, "d/two.txt")).contains("hello $WHO\n");
  }

  @Test
  void addUnpacksArchivesAndCopyDoesNot() throws IOException {
    byte[] tar = Files.readAllBytes(context.resolve("links.tar"));
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(tar);
    }
    Files.write(context.resolve("links.tgz"), packed.toByteArray());
    StoredImage image =
        build("FROM scratch", "ADD links.tgz /x/", "COPY links.tgz /y/", "ADD a.txt /z/");
    assertThat(located(image, "x/lib").orElseThrow().stat().isLink()).isTrue();
    assertThat(located(image, "y/links.tgz").orElseThrow().stat().isRegular()).isTrue();
    assertThat(content(image, "z/a.txt")).contains("a");
  }

  @Test
  void linkInTheContextLeadsNotOutOfIt() throws IOException {
    Files.writeString(directory.resolve("secret"), "secret");
    Files.createSymbolicLink(context.resolve("evil"), directory.resolve("secret"));
    refusal("FROM scratch", "COPY evil /").hasMessageContaining("'evil' matches nothing");
    StoredImage image = build("FROM scratch", "COPY . /all/");
    assertThat(located(image, "all/evil").orElseThrow().stat().isLink()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "COPY a.txt|needs a source and a destination",
        "COPY missing /x|'missing' matches nothing in the build's directory",
        "COPY ../../etc/passwd /x|leaves the build's directory",
        "COPY a.txt dir /x|does not end with /",
        "COPY --bogus=1 a /b|COPY does not support --bogus; it knows --from",
        "COPY --chmod=u+x a.txt /b|no octal mode",
        "COPY --from=nowhere:1 /a /b|the image nowhere:1 is not here",
        "ADD https://example.org/x /|on the network is not supported",
        "RUN --mount=type=cache,target=/x y|RUN does not support --mount",
        "EXPOSE 99999|not within 1 to 65535",
        "EXPOSE x|is no port",
        "STOPSIGNAL what now|needs one argument",
        "ENV novalue|needs name=value",
        "HEALTHCHECK --interval=soon CMD x|is no duration",
        "SHELL sh|SHELL needs a JSON array",
        "ARG 1x|is no variable's name",
        "USER ${UNSET}|needs one argument",
      })
  void mistakesNameFileAndLine(String line, String message) {
    refusal("FROM scratch", "# comment", line)
        .hasMessageContaining("Dockerfile:3: ")
        .hasMessageContaining(message);
  }

  @Test
  void mistakesInTheWholeFile() {
    refusal("RUN x").hasMessageContaining("the first instruction must be FROM");
    refusal("ARG A").hasMessageContaining("there is no FROM");
    refusal("FROM").hasMessageContaining("FROM needs arguments");
    refusal("FROM a b c").hasMessageContaining("FROM needs an image");
    refusal("FROM $UNSET").hasMessageContaining("is empty after its variables");
    refusal("FROM gone:1").hasMessageContaining("Dockerfile:1: the image gone:1 is not here");
  }
}
