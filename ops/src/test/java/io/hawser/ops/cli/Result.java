package io.hawser.ops.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** What one run of the command left. */
record Result(int code, String out, String err) {

  /** Runs the command with a cluster directory of its own, through HAWSER_DIR. */
  static Result of(Path dir, String... arguments) {
    return withInput(dir, InputStream.nullInputStream(), arguments);
  }

  static Result withInput(Path dir, String input, String... arguments) {
    return withInput(
        dir, new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), arguments);
  }

  private static Result withInput(Path dir, InputStream in, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Hawser.run(
            new Hawser.Streams(in, out, err, Map.of("HAWSER_DIR", dir.toString())), arguments);
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  static Hawser.Streams streams(Path dir) {
    return new Hawser.Streams(
        InputStream.nullInputStream(),
        new ByteArrayOutputStream(),
        new ByteArrayOutputStream(),
        Map.of("HAWSER_DIR", dir.toString()));
  }
}
