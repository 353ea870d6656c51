/** When a member counts as lost, and when a member finds that the others do not know it. */
package io.hawser.cluster.membership;
