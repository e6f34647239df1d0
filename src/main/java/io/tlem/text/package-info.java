/**
 * What people write and read: escapes in what they give, the files they name, and what messages show of both.
 *
 * <p>Internal: it may change with any version.
 */
package io.tlem.text;
