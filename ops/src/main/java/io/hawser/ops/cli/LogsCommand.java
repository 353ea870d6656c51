package io.hawser.ops.cli;

import io.hawser.ops.client.ApiStatus;
import io.hawser.ops.client.CommandFailure;
import io.hawser.ops.client.ResourceKind;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hawser logs}: what a container has written. */
@Command(name = "logs", description = "Print what a pod's container has written.")
final class LogsCommand extends HawserCommand {
  @Parameters(
      paramLabel = "POD",
      description = "A pod's name, or KIND/NAME: of a workload one of its pods.")
  String pod;

  @Mixin NamespaceOption namespace;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on until the container ends.")
  boolean follow;

  @Option(names = "--tail", paramLabel = "LINES", description = "Only the last so many lines.")
  Integer tail;

  @Option(names = "--since", paramLabel = "TIME", description = "Only newer lines: 30s, 5m, 2h.")
  String since;

  @Option(
      names = {"-c", "--container"},
      paramLabel = "NAME",
      description = "Which container, when the pod has several.")
  String container;

  @Option(
      names = {"-p", "--previous"},
      description = "Of the start before the present one.")
  boolean previous;

  @Option(names = "--timestamps", description = "Each line with its time.")
  boolean timestamps;

  @Override
  public Integer call() {
    String query = query();
    String name = podName(pod, namespace.name);
    String path = ResourceKind.PODS.path(namespace.name, name) + "/log" + query;
    try (InputStream log = client().stream(path, "*/*")) {
      byte[] piece = new byte[16 * 1024];
      int length;
      while ((length = log.read(piece)) >= 0) {
        streams().out().write(piece, 0, length);
        streams().out().flush();
      }
    } catch (IOException e) {
      throw new CommandFailure("the log broke off: " + ApiStatus.oneLine(e), e);
    }
    return DONE;
  }

  private String query() {
    List<String> parameters = new ArrayList<>();
    if (follow) {
      parameters.add("follow=true");
    }
    if (tail != null) {
      if (tail < 0) {
        throw usage("--tail: expected 0 or more, got " + tail);
      }
      parameters.add("tailLines=" + tail);
    }
    if (since != null) {
      parameters.add("sinceSeconds=" + sinceSeconds());
    }
    if (container != null) {
      parameters.add("container=" + ResourceKind.encode(container));
    }
    if (previous) {
      parameters.add("previous=true");
    }
    if (timestamps) {
      parameters.add("timestamps=true");
    }
    return parameters.isEmpty() ? "" : "?" + String.join("&", parameters);
  }

  private long sinceSeconds() {
    return TimeSpan.seconds(since)
        .orElseThrow(
            () -> usage("--since: expected a time such as 30s, 5m, 2h or 1d, got " + since));
  }
}
