package io.hawser.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.persistence.StoreBackup;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code hawser restore}: a backup into a new, empty cluster. */
@Command(
    name = "restore",
    description = "Bring a backup into a new cluster, in which nothing has been deployed yet.")
final class RestoreCommand extends HawserCommand {
  @Parameters(paramLabel = "FILE")
  Path file;

  @Override
  public Integer call() {
    try {
      StoreBackup.inspect(file);
      JsonNode restored = client().upload("/apis/hawser.io/v1/backup", file);
      JournalCommand.Listing.print(this, restored);
      return DONE;
    } catch (NoSuchFileException e) {
      throw new CommandFailure("there is no file " + file, e);
    } catch (IOException e) {
      throw new CommandFailure(file + " is no backup: " + ApiStatus.oneLine(e), e);
    }
  }
}
