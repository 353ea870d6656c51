package io.hawser.node;

import io.hawser.model.NodeInfo;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a node's actors need to know of their machine.
 *
 * @param info what the node says of itself when it registers
 * @param stateDir a directory of this node alone, for its checkpoint and its pods' volumes; apart
 *     from the runtime's own directory
 * @param fenceTimeout within it all containers are killed once the node has lost its cluster
 */
public record NodeSettings(NodeInfo info, Path stateDir, Duration fenceTimeout) {}
