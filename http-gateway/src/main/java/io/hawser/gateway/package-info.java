/**
 * The HTTP side of a cluster: Kubernetes' API, and Hawser's own below {@code /apis/hawser.io/v1}.
 *
 * <p>A request is decoded strictly into the model ({@code decode}), becomes a {@code ClientRequest}
 * to the scheduler, and is answered from this JVM's replica once that shows it ({@code http}).
 * Reads and watches never leave this JVM.
 */
package io.hawser.gateway;
