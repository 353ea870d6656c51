package io.hawser.ops.cli;

import io.hawser.ops.client.ApiKinds;
import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.GatewayClient;
import io.hawser.ops.local.LocalCluster;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command shares: its output, the cluster it means, how it refuses arguments. */
public abstract class HawserCommand implements Callable<Integer> {
  /** Exit code of a command that did what it was asked to. */
  protected static final int DONE = 0;

  @Spec CommandSpec spec;
  @Mixin Connection connection;

  protected final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  protected final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  protected final Hawser.Streams streams() {
    return root().streams;
  }

  private Hawser root() {
    return (Hawser) spec.root().userObject();
  }

  /** A wrong argument: exit code 2. */
  protected final ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** The directory of the cluster on this machine. */
  protected final Path dir() {
    Path given = given(c -> c.dir, "HAWSER_DIR", Path::of);
    return given == null ? LocalCluster.defaultDir() : given;
  }

  /**
   * A client of the cluster that the options, the environment or the directory name. What the
   * gateway warns of is printed once.
   */
  protected final GatewayClient client() {
    Set<String> told = ConcurrentHashMap.newKeySet();
    return named()
        .onWarning(
            text -> {
              if (told.add(text)) {
                err().println("Warning: " + text);
              }
            });
  }

  private GatewayClient named() {
    URI server = given(c -> c.server, "HAWSER_SERVER", URI::create);
    Path tokenFile = given(c -> c.tokenFile, "HAWSER_TOKEN_FILE", Path::of);
    if (server == null) {
      return LocalCluster.find(dir()).orElseThrow(this::noCluster).client();
    }
    if (server.getScheme() == null || !server.getScheme().matches("https?")) {
      throw usage("--server: expected a URL such as http://127.0.0.1:6441, got " + server);
    }
    URI base = URI.create(server.toString().replaceAll("/+$", ""));
    return new GatewayClient(List.of(base), token(tokenFile), trusted());
  }

  /** The kinds of objects that this cluster serves. */
  protected final ApiKinds kinds() {
    return new ApiKinds(this::client);
  }

  /** The name of the pod that is meant; of several of a workload's it is told on stderr. */
  protected final String podName(String word, String namespace) {
    OnePod pod = OnePod.named(word, namespace, client(), kinds(), this::usage);
    if (pod.others() > 0) {
      err().println("Found " + (pod.others() + 1) + " pods, using pod/" + pod.name());
    }
    return pod.name();
  }

  private Optional<SSLContext> trusted() {
    Path file = given(c -> c.caFile, "HAWSER_CA_FILE", Path::of);
    return file == null ? Optional.empty() : Optional.of(TrustedAuthority.context(file));
  }

  protected final LocalCluster localCluster() {
    return LocalCluster.find(dir()).orElseThrow(this::noCluster);
  }

  private CommandFailure noCluster() {
    return new CommandFailure(
        "there is no cluster in "
            + dir()
            + ": start one with 'hawser up', or name a gateway with --server");
  }

  private String token(Path file) {
    Path own = dir().resolve("token");
    if (file == null && !Files.isReadable(own)) {
      return "";
    }
    Path chosen = file == null ? own : file;
    try {
      return Files.readString(chosen).strip();
    } catch (IOException e) {
      throw new CommandFailure("the token file can't be read: " + ApiStatus.oneLine(e), e);
    }
  }

  /** From this command's options, the root's, or the environment, in this order; else null. */
  private <T> T given(Function<Connection, T> option, String variable, Function<String, T> parse) {
    T own = option.apply(connection);
    T global = own == null ? option.apply(root().connection) : own;
    String value = streams().environment().get(variable);
    if (global != null || value == null || value.isEmpty()) {
      return global;
    }
    try {
      return parse.apply(value);
    } catch (IllegalArgumentException e) {
      throw usage(variable + ": " + e.getMessage());
    }
  }
}
