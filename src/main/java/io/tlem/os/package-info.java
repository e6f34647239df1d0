/**
 * The operating system: the only room that calls it through the bindings. Differences between systems and error numbers
 * end here; a failed call is a {@link io.tlem.os.SystemCallException} that says call, argument and reason.
 *
 * <p>Internal: it may change with any version.
 */
package io.tlem.os;
