/**
 * The command line.
 *
 * <p>Internal: it may change with any version.
 */
package io.tlem.cli;
