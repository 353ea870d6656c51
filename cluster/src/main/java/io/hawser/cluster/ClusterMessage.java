package io.hawser.cluster;

/** Marks what crosses JVMs or is kept in the journal: serialized as Jackson CBOR. */
public interface ClusterMessage {}
