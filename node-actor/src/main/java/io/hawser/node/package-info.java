/**
 * One machine of the cluster: converges what runs on it to what the scheduler assigned, and says
 * what came of it. Start with {@link io.hawser.node.NodeActor}.
 */
package io.hawser.node;
