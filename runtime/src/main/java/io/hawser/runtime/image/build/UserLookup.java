package io.hawser.runtime.image.build;

import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.layer.ImageTree;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** Resolves {@code user[:group]} with an image's own {@code /etc/passwd} and {@code /etc/group}. */
public final class UserLookup {
  private static final int MAX_FILE_BYTES = 1 << 20;
  private static final long MAX_ID = 0xfffffffeL;

  private final ImageTree tree;

  public UserLookup(ImageTree tree) {
    this.tree = tree;
  }

  /** Numeric ids. */
  public record Owner(long uid, long gid) {}

  /**
   * @param text numbers or names; without a group it is the user's own from passwd, else the same
   *     number as the user's (as COPY's {@code --chown} has it)
   * @return none when a name is not known
   */
  public Optional<Owner> find(String text) throws IOException {
    int colon = text.indexOf(':');
    String user = colon < 0 ? text : text.substring(0, colon);
    OptionalLong uid = number(user);
    Optional<String[]> line = uid.isPresent() ? Optional.empty() : line("etc/passwd", user);
    if (uid.isEmpty() && line.isEmpty()) {
      return Optional.empty();
    }
    long uidValue = uid.isPresent() ? uid.getAsLong() : field(line.get(), 2);
    if (colon < 0) {
      return Optional.of(new Owner(uidValue, line.isPresent() ? field(line.get(), 3) : uidValue));
    }
    String group = text.substring(colon + 1);
    OptionalLong gid = number(group);
    Optional<String[]> groupLine = gid.isPresent() ? Optional.empty() : line("etc/group", group);
    if (gid.isEmpty() && groupLine.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Owner(uidValue, gid.isPresent() ? gid.getAsLong() : field(groupLine.get(), 2)));
  }

  private static OptionalLong number(String text) {
    if (!text.matches("\\d{1,10}") || Long.parseLong(text) > MAX_ID) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Long.parseLong(text));
  }

  private static long field(String[] line, int index) {
    return number(index < line.length ? line[index] : "").orElse(0);
  }

  private Optional<String[]> line(String file, String name) throws IOException {
    Optional<byte[]> content = tree.read(file, MAX_FILE_BYTES);
    if (content.isEmpty() || name.isEmpty()) {
      return Optional.empty();
    }
    String text = RawNames.of(content.get(), 0, content.get().length);
    return text.lines()
        .map(line -> line.split(":", -1))
        .filter(fields -> fields[0].equals(RawNames.raw(name)))
        .findFirst();
  }
}
