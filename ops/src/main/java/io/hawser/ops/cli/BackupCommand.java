package io.hawser.ops.cli;

import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.persistence.LogSummary;
import io.hawser.persistence.StoreBackup;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code hawser backup}: the whole journal as one file, while the cluster runs. */
@Command(
    name = "backup",
    description = "Write the whole journal into one file, while the cluster runs.")
final class BackupCommand extends HawserCommand {
  @Parameters(paramLabel = "FILE", description = "Must not exist.")
  Path file;

  @Override
  public Integer call() {
    if (Files.exists(file)) {
      throw usage("FILE: " + file + " exists");
    }
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      try (InputStream bytes = client().stream("/apis/hawser.io/v1/backup", "*/*")) {
        // It holds what was deployed, secrets too.
        Files.deleteIfExists(part);
        Files.createFile(
            part,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream out = Files.newOutputStream(part)) {
          bytes.transferTo(out);
        }
      }
      // A connection that broke off leaves no file that looks like a backup.
      List<LogSummary> logs = StoreBackup.inspect(part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      for (LogSummary log : logs) {
        out().printf("%s up to %d%n", log.persistenceId(), log.highestSequenceNr());
      }
      out().printf("%d bytes in %s%n", Files.size(file), file);
      return DONE;
    } catch (IOException e) {
      throw new CommandFailure("no backup was made: " + ApiStatus.oneLine(e), e);
    } finally {
      part.toFile().delete();
    }
  }
}
