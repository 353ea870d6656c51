/** Why things are as they are, told from the journal's events. Pure. */
package io.hawser.scheduler.core.history;
