/**
 * Every decision of the scheduler as a pure function: no actors, no clock, no randomness, no I/O.
 * {@link io.hawser.scheduler.core.SchedulerCore#decide} is the only way in.
 */
package io.hawser.scheduler.core;
