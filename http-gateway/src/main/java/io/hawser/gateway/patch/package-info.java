/** The three kinds of patch, on JSON trees. They know nothing of the model. */
package io.hawser.gateway.patch;
