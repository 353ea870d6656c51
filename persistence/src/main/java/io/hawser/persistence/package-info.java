/**
 * Pekko persistence over a Raft log that lives inside the nodes' own JVMs.
 *
 * <p>A write goes {@link io.hawser.persistence.HawserJournal} → {@link
 * io.hawser.persistence.StoreClient} (pieces, retries of pieces) → {@link
 * io.hawser.persistence.StoreRouter} (which peer, how long) → Ratis (replicated and flushed by a
 * majority) → {@link io.hawser.persistence.StoreStateMachine} → {@link
 * io.hawser.persistence.StoreState}, which decides whether it is accepted.
 */
package io.hawser.persistence;
