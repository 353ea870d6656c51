package io.hawser.ops.image;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hawser image}: the images on this machine, which every node of its cluster can get. */
@Command(
    name = "image",
    description =
        "Build, import, list, pull and push the images on this machine; the cluster's other nodes"
            + " get them from here.",
    subcommands = {
      BuildCommand.class,
      ListingCommands.Listing.class,
      ListingCommands.Inspect.class,
      ListingCommands.History.class,
      NameCommands.Tag.class,
      NameCommands.Remove.class,
      NameCommands.Prune.class,
      RegistryCommands.Pull.class,
      RegistryCommands.Push.class,
      ArchiveCommands.Save.class,
      ArchiveCommands.Load.class,
      ArchiveCommands.Import.class,
    })
public final class ImageCommand implements Runnable {
  @Spec CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected one of build, ls, inspect, history, tag, rm, prune, pull, push, save, load,"
            + " import");
  }
}
