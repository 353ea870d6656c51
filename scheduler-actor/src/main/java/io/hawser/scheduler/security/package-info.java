/** The cluster's certificate authority and who may join by it. */
package io.hawser.scheduler.security;
