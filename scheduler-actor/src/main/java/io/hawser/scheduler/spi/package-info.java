/**
 * What a jar of somebody else's may add to placement: name the class in {@code META-INF/services}
 * and put the jar into the folder that {@code HAWSER_PLUGINS} names on every controller.
 */
package io.hawser.scheduler.spi;
