/** Requests in, answers and streams out. */
package io.hawser.gateway.http;
