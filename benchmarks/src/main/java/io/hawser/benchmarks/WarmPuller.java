package io.hawser.benchmarks;

import io.hawser.runtime.image.Images;
import io.hawser.runtime.image.registry.RegistrySettings;
import io.hawser.runtime.image.registry.TransferProgress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A JVM with the flags of a node that pulls image after image, as a running node does; it is told
 * what by lines on its standard input.
 */
final class WarmPuller implements AutoCloseable {
  private final Process process;
  private final PrintWriter orders;
  private final BufferedReader answers;

  private WarmPuller(Process process) {
    this.process = process;
    this.orders = new PrintWriter(process.getOutputStream(), true);
    this.answers = new BufferedReader(new InputStreamReader(process.getInputStream()));
  }

  static WarmPuller start() throws IOException {
    Path dist = Path.of("ops/target/dist").toAbsolutePath();
    List<String> command =
        List.of(
            "java",
            "@" + dist.resolve("conf/node.jvm"),
            "-XX:SharedArchiveFile=" + dist.resolve("node.jsa"),
            "-cp",
            dist.resolve("lib") + "/*:benchmarks/target/classes",
            WarmPuller.class.getName());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("MALLOC_ARENA_MAX", "2");
    return new WarmPuller(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** Milliseconds of a pull into an empty store. */
  double pull(Path store, String image) throws IOException {
    orders.println(store + "\t" + image);
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the pulling JVM ended");
    }
    return Double.parseDouble(answer);
  }

  @Override
  public void close() throws InterruptedException {
    orders.close();
    process.waitFor();
  }

  /** The JVM that pulls. */
  public static void main(String[] arguments) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] order = line.split("\t");
      long start = System.nanoTime();
      Images.open(Path.of(order[0]))
          .pull(order[1], Optional.empty(), RegistrySettings.defaults(), TransferProgress.SILENT);
      System.out.println((System.nanoTime() - start) / 1e6);
    }
  }
}
