/** Documents, fields, names, quantities and errors as they are on the wire. */
package io.hawser.gateway.wire;
