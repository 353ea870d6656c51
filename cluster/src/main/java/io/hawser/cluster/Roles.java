package io.hawser.cluster;

/** Cluster roles of a JVM. */
public final class Roles {
  /** May host the scheduler singleton; a peer of the store. */
  public static final String CONTROLLER = "controller";

  /** Runs pods. */
  public static final String WORKER = "worker";

  /** Serves HTTP and the deployment entities. */
  public static final String GATEWAY = "gateway";

  /** Another JVM service that only sends messages. */
  public static final String CLIENT = "client";

  private Roles() {}
}
