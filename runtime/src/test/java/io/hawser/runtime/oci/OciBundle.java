package io.hawser.runtime.oci;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hawser.runtime.BusyboxRoot;
import io.hawser.runtime.files.TreeRemoval;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A busybox bundle, and the command line run on it; closing it deletes its containers. */
final class OciBundle implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  final Path directory;
  final ObjectNode config;

  /** What a command printed and returned. */
  record Result(int code, String output) {}

  OciBundle(String... command) throws IOException {
    directory = Files.createTempDirectory("hawser-oci-test");
    BusyboxRoot.fill(Files.createDirectory(directory.resolve("rootfs")));
    config = (ObjectNode) JSON.readTree(OciBundle.class.getResourceAsStream("config.json"));
    ArrayNode args = ((ObjectNode) config.get("process")).putArray("args");
    List.of(command).forEach(args::add);
  }

  ObjectNode process() {
    return (ObjectNode) config.get("process");
  }

  ObjectNode linux() {
    return (ObjectNode) config.get("linux");
  }

  Path state() {
    return directory.resolve("state");
  }

  private List<String> words(String... words) {
    List<String> all = new ArrayList<>(List.of("--root", state().toString()));
    all.addAll(List.of(words));
    return all;
  }

  /** In this JVM: for what starts nothing. */
  Result call(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code = OciCommand.run(words(words), new PrintStream(out, true, StandardCharsets.UTF_8));
    return new Result(code, out.toString(StandardCharsets.UTF_8));
  }

  /** In a JVM of its own, whose streams the container inherits. */
  Result run(String... words) throws Exception {
    JSON.writeValue(directory.resolve("config.json").toFile(), config);
    return runAsWritten(words);
  }

  /** The same for several at a time: the config is one that was written before. */
  Result runAsWritten(String... words) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                OciCommand.class.getName()));
    command.addAll(words(words));
    Path output = Files.createTempFile(directory, "output", "");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    process.getOutputStream().close();
    int code = process.waitFor();
    return new Result(code, Files.readString(output));
  }

  Result create(String id) throws Exception {
    return run("create", "--bundle", directory.toString(), id);
  }

  Result toEnd(String id) throws Exception {
    return run("run", "--bundle", directory.toString(), id);
  }

  long pid(String id) throws IOException {
    return JSON.readTree(call("state", id).output()).path("pid").asLong();
  }

  String status(String id) throws IOException {
    return JSON.readTree(call("state", id).output()).path("status").asText();
  }

  @Override
  public void close() {
    String[] ids = state().toFile().list();
    for (String id : ids == null ? new String[0] : ids) {
      call("delete", "--force", id);
    }
    TreeRemoval.delete(directory);
  }
}
