/**
 * Where objects that threads write all the time lie in memory: apart from each other.
 *
 * <p>Internal: it may change with any version.
 */
package io.tlem.layout;
