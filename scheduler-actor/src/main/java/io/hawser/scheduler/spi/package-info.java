/**
 * What a jar of somebody else's may add to placement: name the class in {@code META-INF/services}
 * and put the jar into the distribution's {@code plugins} folder on every controller.
 */
package io.hawser.scheduler.spi;
