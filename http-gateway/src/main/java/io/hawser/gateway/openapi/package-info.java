/**
 * The API's schema as OpenAPI v3, which {@code kubectl explain} shows: made of the messages that
 * {@code wire} reads and the kinds in {@code kind}, with descriptions from the resource files.
 */
package io.hawser.gateway.openapi;
