package io.hawser.ops.cli;

import picocli.CommandLine.Option;

/** Which namespace is meant. */
final class NamespaceOption {
  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      defaultValue = "default",
      description = "Namespace (default: ${DEFAULT-VALUE}).")
  String name;
}
