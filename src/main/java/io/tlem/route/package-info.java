/**
 * A port that routes IPv4 between two others, and answers and asks ARP on both.
 *
 * <p>Internal: it may change with any version.
 */
package io.tlem.route;
