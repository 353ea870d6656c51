/**
 * Server-side apply as functions: which fields an object has, who owns them, what an apply makes of
 * an object and whom it gets in conflict with. Knows JSON trees, nothing of requests or the model.
 */
package io.hawser.gateway.apply;
