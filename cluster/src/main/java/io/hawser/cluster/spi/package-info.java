/**
 * What a jar of somebody else's may add to the cluster: name the class in {@code META-INF/services}
 * and put the jar into the folder that {@code HAWSER_PLUGINS} names, on every controller and
 * gateway.
 */
package io.hawser.cluster.spi;
