/**
 * Reads what clients send into the model's records, field by field. Always strict: an unknown field
 * is refused, whatever {@code fieldValidation} a request asks for.
 */
package io.hawser.gateway.decode;
