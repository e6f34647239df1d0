/**
 * The circular buffer that the stages of one pipeline share, its records and its cursors.
 *
 * <p>Internal: it may change with any version.
 */
package io.tlem.buffer;
