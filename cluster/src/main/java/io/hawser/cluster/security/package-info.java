/**
 * Mutual TLS between nodes: one file with a node's key and certificates, the contexts made of it,
 * and how remoting uses them.
 */
package io.hawser.cluster.security;
