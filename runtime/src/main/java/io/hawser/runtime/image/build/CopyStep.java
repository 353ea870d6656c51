package io.hawser.runtime.image.build;

import io.hawser.runtime.image.ImageFault;
import io.hawser.runtime.image.build.Instruction.Heredoc;
import io.hawser.runtime.image.fs.Dir;
import io.hawser.runtime.image.fs.RawNames;
import io.hawser.runtime.image.layer.Compression;
import io.hawser.runtime.image.layer.ImageTree;
import io.hawser.runtime.image.layer.ImageTree.Located;
import io.hawser.runtime.image.layer.LayerUnpacker;
import io.hawser.runtime.image.layer.UnpackLimits;
import io.hawser.runtime.image.store.Lease;
import io.hawser.runtime.image.tar.TarEntry;
import io.hawser.runtime.image.tar.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Plans what a COPY or ADD puts where; source: Docker's Dockerfile reference. */
final class CopyStep {
  private final Instruction instruction;
  private final Settings settings;
  private final LayerPlan plan;
  private final Lease lease;
  private boolean intoDirectory;
  private String target;

  /**
   * @param source what is copied from
   * @param ignore applies to the source
   * @param image what is copied to
   * @param workingDir of the image
   * @param owner empty: the source's own, or root for the build's directory
   * @param fromContext true: the source is the build's directory
   */
  record Settings(
      ImageTree source,
      DockerIgnore ignore,
      ImageTree image,
      String workingDir,
      Optional<UserLookup.Owner> owner,
      OptionalInt mode,
      boolean fromContext) {}

  CopyStep(Instruction instruction, Settings settings, LayerPlan plan, Lease lease) {
    this.instruction = instruction;
    this.settings = settings;
    this.plan = plan;
    this.lease = lease;
  }

  /**
   * @param words sources, then the destination; here-documents by their markers
   * @param heredocs with their content expanded
   */
  void plan(List<String> words, List<Heredoc> heredocs) throws IOException {
    if (words.size() < 2) {
      throw instruction.fault(instruction.keyword() + " needs a source and a destination");
    }
    String destination = words.get(words.size() - 1);
    List<String> sources = words.subList(0, words.size() - 1);
    destination(destination, sources.size());
    for (String source : sources) {
      Optional<Heredoc> document =
          heredocs.stream().filter(h -> h.marker().equals(source)).findFirst();
      if (document.isPresent()) {
        TarEntry entry =
            TarEntry.of(fileTarget(RawNames.raw(document.get().delimiter())), TarEntry.FILE, 0644)
                .withTime(Long.MAX_VALUE, 0);
        plan.put(attributes(entry), document.get().content().getBytes(StandardCharsets.UTF_8));
      } else {
        source(source);
      }
    }
  }

  private void destination(String text, int sources) throws IOException {
    boolean slash =
        text.endsWith("/") || text.equals(".") || text.endsWith("/.") || text.equals("..");
    String absolute = text.startsWith("/") ? text : settings.workingDir() + "/" + text;
    target = RawNames.raw(absolute);
    Optional<Located> there = settings.image().locate(target, true);
    intoDirectory = slash || there.filter(l -> l.stat().isDirectory()).isPresent();
    if (sources > 1 && !intoDirectory) {
      throw instruction.fault(
          "several sources need a directory as destination: '" + text + "' does not end with /");
    }
  }

  private void source(String text) throws IOException {
    if (text.matches("(?i)(https?|git|ssh)://.*") || text.startsWith("git@")) {
      throw instruction.fault(
          "'" + text + "': a source on the network is not supported; fetch it before the build");
    }
    List<String> components = RawNames.components(RawNames.raw(text));
    int depth = 0;
    for (String component : components) {
      depth += component.equals("..") ? -1 : 1;
      if (depth < 0) {
        throw instruction.fault("'" + text + "' leaves the build's directory");
      }
    }
    List<String> matches = new ArrayList<>();
    match("", components, 0, matches);
    boolean any = false;
    for (String match : matches) {
      any |= copyTop(match);
    }
    if (!any) {
      throw instruction.fault(
          "'"
              + text
              + "' matches nothing in "
              + (settings.fromContext()
                  ? "the build's directory, or is excluded by .dockerignore"
                  : "the image it is copied from"));
    }
  }

  /** Expands wildcards, component by component. */
  private void match(String above, List<String> components, int index, List<String> matches)
      throws IOException {
    if (index == components.size()) {
      matches.add(above);
      return;
    }
    String component = components.get(index);
    if (!PathPatterns.isPattern(component)) {
      match(join(above, component), components, index + 1, matches);
      return;
    }
    Optional<Located> directory = settings.source().locate(above, true);
    if (directory.isEmpty() || !directory.get().stat().isDirectory()) {
      return;
    }
    var pattern = PathPatterns.compile(component);
    for (String name : directory.get().names()) {
      if (pattern.matcher(name).matches()) {
        match(join(above, name), components, index + 1, matches);
      }
    }
  }

  private boolean copyTop(String path) throws IOException {
    Optional<Located> found = settings.source().locate(path, true);
    if (found.isEmpty()) {
      return false;
    }
    Located source = found.get();
    if (source.stat().isDirectory()) {
      String real = settings.image().resolve(target);
      plan.directory(real, madeOwner());
      return copyContent(source, real) || source.names().isEmpty() || path.isEmpty();
    }
    if (isIgnored(source.path())) {
      return false;
    }
    if (instruction.keyword() == Instruction.Keyword.ADD
        && settings.fromContext()
        && source.stat().isRegular()
        && isArchive(source)) {
      unpack(source);
      return true;
    }
    List<String> components = RawNames.components(path);
    String name = components.get(components.size() - 1);
    plan.put(attributes(source.entry().withName(fileTarget(name))), source);
    return true;
  }

  /** Where a single file goes, after its directory was planned. */
  private String fileTarget(String name) throws IOException {
    String directory = target;
    String file = name;
    if (!intoDirectory) {
      List<String> components = RawNames.components(target);
      if (components.isEmpty()) {
        throw instruction.fault("the destination is the root directory");
      }
      file = components.get(components.size() - 1);
      directory = String.join("/", components.subList(0, components.size() - 1));
    }
    String real = settings.image().resolve(directory);
    plan.directory(real, madeOwner());
    return join(real, file);
  }

  private boolean copyContent(Located directory, String to) throws IOException {
    boolean any = false;
    for (String name : directory.names()) {
      Located source = settings.source().locate(join(directory.path(), name), false).orElseThrow();
      boolean ignored = isIgnored(source.path());
      if (source.stat().isDirectory()) {
        if (!ignored) {
          String real = settings.image().resolve(join(to, name));
          plan.directory(parent(real), madeOwner());
          putDirectory(source, real);
          any = true;
          copyContent(source, real);
        } else if (settings.ignore().hasExceptions()) {
          any |= copyKept(source, to, name);
        }
      } else if (!ignored && !source.stat().isSocket()) {
        plan.put(attributes(source.entry().withName(join(to, name))), source);
        any = true;
      }
    }
    return any;
  }

  /** A directory that is there keeps its attributes. */
  private void putDirectory(Located source, String real) throws IOException {
    if (settings.image().locate(real, false).isPresent()) {
      plan.directory(real, madeOwner());
    } else {
      plan.put(attributes(source.entry().withName(real)), source);
    }
  }

  /** An ignored directory appears only when something below it is excepted. */
  private boolean copyKept(Located directory, String to, String name) throws IOException {
    boolean any = false;
    for (String child : directory.names()) {
      Located source = settings.source().locate(join(directory.path(), child), false).orElseThrow();
      boolean ignored = isIgnored(source.path());
      String real = settings.image().resolve(join(to, name));
      if (source.stat().isDirectory() && ignored) {
        any |= copyKept(source, real, child);
      } else if (!ignored && !source.stat().isSocket()) {
        plan.directory(real, madeOwner());
        any = true;
        if (source.stat().isDirectory()) {
          putDirectory(source, join(real, child));
          copyContent(source, join(real, child));
        } else {
          plan.put(attributes(source.entry().withName(join(real, child))), source);
        }
      }
    }
    return any;
  }

  private boolean isIgnored(String path) {
    return settings.fromContext() && settings.ignore().ignores(path);
  }

  private TarEntry attributes(TarEntry entry) {
    TarEntry changed = entry;
    if (settings.owner().isPresent()) {
      changed = changed.withOwner(settings.owner().get().uid(), settings.owner().get().gid());
    } else if (settings.fromContext()) {
      changed = changed.withOwner(0, 0);
    }
    boolean hasMode = changed.type() != TarEntry.SYMBOLIC_LINK;
    return settings.mode().isPresent() && hasMode
        ? changed.withMode(settings.mode().getAsInt())
        : changed;
  }

  private UserLookup.Owner madeOwner() {
    return settings.owner().orElse(new UserLookup.Owner(0, 0));
  }

  private static boolean isArchive(Located file) throws IOException {
    try (InputStream in = Compression.unpack(file.open())) {
      return new TarReader(in).next() != null;
    } catch (ImageFault e) {
      return false;
    } catch (IOException e) {
      // Begins like gzip or zstd and is not.
      return false;
    }
  }

  private void unpack(Located archive) throws IOException {
    Path directory = Files.createDirectory(lease.stage("add"));
    try (InputStream in = Compression.unpack(archive.open());
        Dir root = Dir.open(directory)) {
      LayerUnpacker.unpack(in, root, ImageTree.empty(), UnpackLimits.DEFAULT);
    }
    Settings unpacked =
        new Settings(
            new ImageTree(List.of(directory)),
            DockerIgnore.none(),
            settings.image(),
            settings.workingDir(),
            settings.owner(),
            settings.mode(),
            false);
    CopyStep content = new CopyStep(instruction, unpacked, plan, lease);
    content.target = target;
    content.copyTop("");
  }

  private static String join(String above, String name) {
    return above.isEmpty() ? name : above + "/" + name;
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }
}
