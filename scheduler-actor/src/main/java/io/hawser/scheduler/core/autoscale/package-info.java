/**
 * How many pods an autoscaler wants, as functions: Kubernetes' algorithm, with its defaults.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/">Horizontal
 *     Pod Autoscaling</a>
 */
package io.hawser.scheduler.core.autoscale;
