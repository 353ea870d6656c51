package io.hawser.node;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.fasterxml.jackson.module.paramnames.ParameterNamesModule;
import io.hawser.model.AssignedPod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last assignment on disk, so that an agent that was restarted knows its pods and the
 * scheduler's epoch before it hears from anyone. Replaced as a whole (write, fsync, rename, fsync
 * of the directory): a crash leaves the old or the new one. Every method blocks.
 */
final class Checkpoint {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoint.class);
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .addModule(new ParameterNamesModule())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private final Path file;

  Checkpoint(Path stateDir) {
    this.file = stateDir.resolve("assignment.json");
  }

  private record Content(int format, long epoch, long version, List<AssignedPod> pods) {}

  /** Nothing was written yet, or it can't be read: then it is set aside and nothing is assigned. */
  Assignment read() {
    if (!Files.exists(file)) {
      return Assignment.NONE;
    }
    try {
      Content content = JSON.readValue(Files.readAllBytes(file), Content.class);
      if (content.format() != FORMAT) {
        throw new IOException("format " + content.format() + ", expected " + FORMAT);
      }
      return Assignment.of(content.epoch(), content.version(), content.pods());
    } catch (IOException | RuntimeException e) {
      LOG.warn("checkpoint {} can't be read and is set aside: {}", file, e.toString());
      setAside();
      return Assignment.NONE;
    }
  }

  void write(Assignment assignment) {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.createDirectories(file.getParent());
      byte[] bytes =
          JSON.writeValueAsBytes(
              new Content(
                  FORMAT,
                  assignment.epoch(),
                  assignment.version(),
                  List.copyOf(assignment.pods().values())));
      try (FileChannel channel =
          FileChannel.open(
              next,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel directory = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("can't write the checkpoint " + file, e);
    }
  }

  private void setAside() {
    try {
      Files.move(
          file,
          file.resolveSibling(file.getFileName() + ".unreadable"),
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("can't set {} aside: {}", file, e.toString());
    }
  }
}
