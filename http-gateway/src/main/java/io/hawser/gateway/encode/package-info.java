/**
 * Writes the model's records in Kubernetes' shapes. What is written can be read again by {@code
 * decode} and is the same.
 */
package io.hawser.gateway.encode;
