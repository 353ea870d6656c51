package io.hawser.node;

import io.hawser.model.NodeInfo;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a node's actors need to know of their machine.
 *
 * @param info what the node says of itself when it registers
 * @param stateDir a directory of this node alone; {@code assignment.json}, {@code volumes} and
 *     {@code persistent-volumes} in it belong to its NodeActor
 * @param fenceTimeout within it all containers are killed once the node has lost its cluster
 */
public record NodeSettings(NodeInfo info, Path stateDir, Duration fenceTimeout, NodeImages images) {
  /** With images as {@link NodeImages#PLAIN} has them. */
  public NodeSettings(NodeInfo info, Path stateDir, Duration fenceTimeout) {
    this(info, stateDir, fenceTimeout, NodeImages.PLAIN);
  }
}
