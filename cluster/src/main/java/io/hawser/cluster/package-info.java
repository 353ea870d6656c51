/**
 * What every JVM of the cluster shares: the messages that cross nodes, the state folded from the
 * scheduler's events, and the client for other JVM services.
 */
package io.hawser.cluster;
