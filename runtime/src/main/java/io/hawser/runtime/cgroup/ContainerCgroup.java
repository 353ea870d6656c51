package io.hawser.runtime.cgroup;

import io.hawser.runtime.ContainerSpec.Limits;
import io.hawser.runtime.Usage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** One container's cgroup: the same relative path in each hierarchy that is used. */
public final class ContainerCgroup {
  private final List<CgroupLayout.Hierarchy> hierarchies;
  private final RareControllers rare;
  private final DeviceGroups devices;
  private final Path relative;
  private final Freezer freezer;
  private DeviceAccess access = DeviceAccess.DEFAULT;

  /**
   * @param hierarchies those every container is in
   * @param freezing v1's freezer hierarchy
   */
  ContainerCgroup(
      List<CgroupLayout.Hierarchy> hierarchies,
      RareControllers rare,
      DeviceGroups devices,
      Path relative,
      Optional<CgroupLayout.Hierarchy> freezing) {
    this.hierarchies = hierarchies;
    this.rare = rare;
    this.devices = devices;
    this.relative = relative;
    this.freezer =
        new Freezer(
            unified(),
            freezing.map(h -> h.own().resolve(relative)).filter(d -> !hierarchies.isEmpty()),
            directories().stream().findFirst().orElse(relative));
  }

  /** Freezes all its processes; returns when they are at rest. Idempotent. */
  public void freeze() {
    freezer.freeze();
  }

  /** Idempotent. */
  public void thaw() {
    freezer.thaw();
  }

  public boolean isFrozen() {
    return freezer.isFrozen();
  }

  /**
   * Makes it with its limits; undone when one is refused.
   *
   * @throws IllegalArgumentException when the machine lacks a controller these limits need
   */
  public void create(Limits limits, DeviceAccess wanted) {
    access = wanted;
    List<CgroupLayout.Hierarchy> special = rare.of(limits);
    try {
      directories().forEach(CgroupFiles::make);
      special.forEach(hierarchy -> rare.make(hierarchy, relative));
      devices.allow(relative, access);
      write(limits, false);
    } catch (RuntimeException e) {
      remove();
      throw e;
    }
  }

  /**
   * Changes the limits of a running container. What the new ones do not limit is no longer limited;
   * throttles of devices they do not name stay.
   */
  public void apply(Limits limits) {
    if (hierarchies.isEmpty()) {
      throw new IllegalArgumentException("this rootless node was delegated no cgroup");
    }
    List<CgroupLayout.Hierarchy> there = rare.with(relative);
    for (CgroupLayout.Hierarchy hierarchy : rare.of(limits)) {
      if (!there.contains(hierarchy)) {
        rare.make(hierarchy, relative);
        String members = CgroupFiles.read(directories().get(0).resolve("cgroup.procs")).orElse("");
        for (String pid : members.isEmpty() ? new String[0] : members.split("\\s+")) {
          CgroupFiles.write(hierarchy.own().resolve(relative).resolve("cgroup.procs"), pid);
        }
      }
    }
    write(limits, true);
  }

  private void write(Limits limits, boolean all) {
    for (CgroupLayout.Hierarchy hierarchy : present()) {
      Path directory = hierarchy.own().resolve(relative);
      for (LimitSettings.Setting s : LimitSettings.of(hierarchy, directory, limits, all)) {
        CgroupFiles.write(s.file(), s.value());
      }
    }
  }

  private List<CgroupLayout.Hierarchy> present() {
    return Stream.concat(hierarchies.stream(), rare.with(relative).stream()).toList();
  }

  /**
   * The files that a process of one thread joins by writing 0. On v1 it is {@code tasks}: moving
   * oneself as a thread takes no global lock, where {@code cgroup.procs} waits for a grace period
   * of RCU each time (6–8 ms, measured on Linux 6.18).
   */
  public List<Path> joinFiles() {
    return joinFiles(present(), access);
  }

  /** Those of one that is still to be made like this. */
  public List<Path> joinFiles(Limits limits, DeviceAccess wanted) {
    return joinFiles(
        Stream.concat(hierarchies.stream(), rare.of(limits).stream()).toList(), wanted);
  }

  private List<Path> joinFiles(List<CgroupLayout.Hierarchy> joined, DeviceAccess access) {
    List<Path> files = new ArrayList<>();
    for (CgroupLayout.Hierarchy hierarchy : joined) {
      Path directory = hierarchy.own().resolve(relative);
      files.add(directory.resolve(hierarchy.version() == 1 ? "tasks" : "cgroup.procs"));
    }
    devices.joined(relative, access).forEach(directory -> files.add(directory.resolve("tasks")));
    return files;
  }

  public Usage usage() {
    return new CgroupUsage(present(), relative).read();
  }

  /** How many of its processes the kernel killed for want of memory. */
  public long oomKills() {
    return new CgroupUsage(hierarchies, relative).oomKills();
  }

  /** Kills every process in it, frozen ones too once they are thawed. */
  public void killAll() {
    directories().stream().findFirst().ifPresent(CgroupKill::killAll);
  }

  /** Kills what is in it, and removes it from every hierarchy. Idempotent. */
  public void remove() {
    freezer.remove();
    directories().forEach(CgroupFiles::remove);
    rare.with(relative).forEach(h -> CgroupFiles.remove(h.own().resolve(relative)));
    devices.remove(relative);
  }

  private Optional<Path> unified() {
    return hierarchies.stream()
        .filter(h -> h.version() == 2)
        .map(h -> h.own().resolve(relative))
        .findFirst();
  }

  private List<Path> directories() {
    return hierarchies.stream().map(h -> h.own().resolve(relative)).toList();
  }
}
