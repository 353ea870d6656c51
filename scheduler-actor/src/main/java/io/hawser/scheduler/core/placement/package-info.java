/** Where pods go, and why not elsewhere: pure, deterministic, explained. */
package io.hawser.scheduler.core.placement;
