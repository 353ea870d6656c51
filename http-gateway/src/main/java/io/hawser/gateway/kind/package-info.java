/** The kinds of objects that the API serves, and what each of them can do. */
package io.hawser.gateway.kind;
