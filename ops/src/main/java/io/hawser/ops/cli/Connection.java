package io.hawser.ops.cli;

import java.net.URI;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which cluster is meant; every command has these options, before or after its name. */
final class Connection {
  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "Base URL of a gateway (HAWSER_SERVER); default: those in DIR/cluster.json.")
  URI server;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "File with the gateway's token (HAWSER_TOKEN_FILE).")
  Path tokenFile;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description =
          "Certificate of the cluster's authority, for a gateway with HTTPS (HAWSER_CA_FILE).")
  Path caFile;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description =
          "Directory of the cluster on this machine (HAWSER_DIR); default: /var/lib/hawser as root,"
              + " else ~/.hawser.")
  Path dir;
}
