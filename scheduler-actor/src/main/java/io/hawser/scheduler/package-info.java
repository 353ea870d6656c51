/** The cluster's scheduler: an event-sourced singleton around a pure core. */
package io.hawser.scheduler;
