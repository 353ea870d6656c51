package io.hawser.runtime;

import io.hawser.runtime.image.layer.ImageTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * As whom a container runs: numbers from the spec, or the image's {@code user[:group]} looked up in
 * the image's own passwd and group files.
 *
 * @param home for HOME
 * @param groups supplementary groups
 */
record ImageUser(long uid, long gid, String home, List<Long> groups) {
  /** passwd and group files are small; an image's must not fill the memory. */
  private static final int MAX_FILE_BYTES = 1024 * 1024;

  private record Account(String name, long uid, long gid, String home) {}

  private record Group(String name, long gid, List<String> members) {}

  /**
   * @param user {@code uid[:gid]}, {@code name[:group]} or empty for root
   * @throws IllegalArgumentException when a name is not known to the image
   */
  static ImageUser resolve(ImageTree tree, String user, Optional<Long> uid, Optional<Long> gid) {
    List<Account> accounts = accounts(read(tree, "etc/passwd"));
    List<Group> groups = groups(read(tree, "etc/group"));
    String[] parts = user.split(":", 2);
    Account account =
        uid.isPresent() ? byUid(accounts, uid.get()) : account(accounts, parts[0], user);
    Optional<Long> group = gid;
    if (group.isEmpty() && uid.isEmpty() && parts.length == 2) {
      group = Optional.of(group(groups, parts[1], user));
    }
    List<Long> supplementary = new ArrayList<>();
    for (Group candidate : groups) {
      if (!account.name.isEmpty() && candidate.members.contains(account.name)) {
        supplementary.add(candidate.gid);
      }
    }
    return new ImageUser(account.uid, group.orElse(account.gid), account.home, supplementary);
  }

  private static Account account(List<Account> accounts, String name, String user) {
    if (name.isEmpty()) {
      return byUid(accounts, 0);
    }
    if (name.chars().allMatch(Character::isDigit)) {
      return byUid(accounts, number(name, user));
    }
    return accounts.stream()
        .filter(a -> a.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "user \"" + user + "\" of the image is not in its /etc/passwd"));
  }

  private static Account byUid(List<Account> accounts, long uid) {
    return accounts.stream()
        .filter(a -> a.uid == uid)
        .findFirst()
        .orElse(new Account("", uid, 0, uid == 0 ? "/root" : "/"));
  }

  private static long group(List<Group> groups, String name, String user) {
    if (name.chars().allMatch(Character::isDigit)) {
      return number(name, user);
    }
    return groups.stream()
        .filter(g -> g.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "group of user \"" + user + "\" of the image is not in its /etc/group"))
        .gid;
  }

  private static List<Account> accounts(String passwd) {
    List<Account> accounts = new ArrayList<>();
    for (String line : passwd.split("\n")) {
      String[] f = line.split(":");
      if (f.length >= 6 && isNumber(f[2]) && isNumber(f[3])) {
        accounts.add(new Account(f[0], Long.parseLong(f[2]), Long.parseLong(f[3]), f[5]));
      }
    }
    return accounts;
  }

  private static List<Group> groups(String file) {
    List<Group> groups = new ArrayList<>();
    for (String line : file.split("\n")) {
      String[] f = line.split(":", 4);
      if (f.length >= 3 && isNumber(f[2])) {
        List<String> members = f.length == 4 ? List.of(f[3].split(",")) : List.of();
        groups.add(new Group(f[0], Long.parseLong(f[2]), members));
      }
    }
    return groups;
  }

  private static long number(String text, String user) {
    if (!isNumber(text)) {
      throw new IllegalArgumentException("user \"" + user + "\" of the image: an id is too large");
    }
    return Long.parseLong(text);
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.length() < 11 && text.chars().allMatch(Character::isDigit);
  }

  /** Read below the image's root: its symbolic links don't reach the machine's files. */
  private static String read(ImageTree tree, String file) {
    try {
      byte[] text = tree.read(file, MAX_FILE_BYTES).orElse(new byte[0]);
      return new String(text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("read(/" + file + " of the image) failed: " + e, e);
    }
  }
}
