package io.hawser.runtime;

import java.nio.file.Path;

/** The layout of a node's state directory. */
record NodeDirectory(Path root) {

  /** Held as long as a process runs the node. */
  Path lock() {
    return root.resolve("node.lock");
  }

  /** A token of the process that runs the node, or ran it last: the guard compares it. */
  Path owner() {
    return root.resolve("owner");
  }

  Path guardScript() {
    return root.resolve("guard.sh");
  }

  /** Where this node's cgroups are. */
  Path cgroupRecord() {
    return root.resolve("cgroups");
  }

  Path addressPosition() {
    return root.resolve("address-position");
  }

  /** Where every container mounts its root, in its own mount namespace. */
  Path mountPoint() {
    return root.resolve("root");
  }

  /** The sandboxes' namespaces as files; a private mount. */
  Path namespaces() {
    return root.resolve("ns");
  }

  /**
   * @param kind {@code net}, {@code ipc} or {@code uts}
   */
  Path namespace(String podUid, String kind) {
    return namespaces().resolve(podUid + "." + kind);
  }

  /** What other OCI runtimes know of their containers. */
  Path runtimes() {
    return root.resolve("runtimes");
  }

  Path pods() {
    return root.resolve("pods");
  }

  Path pod(String podUid) {
    return pods().resolve(podUid);
  }

  Path sandboxCheckpoint(String podUid) {
    return pod(podUid).resolve("sandbox.json");
  }

  Path containers(String podUid) {
    return pod(podUid).resolve("containers");
  }

  Path container(String podUid, String name, int attempt) {
    return containers(podUid).resolve(name + "." + attempt);
  }

  Path log(String podUid, String name, int attempt) {
    return pod(podUid).resolve("logs").resolve(name + "." + attempt + ".log");
  }
}
