/**
 * A running link on a terminal: what {@code tlem top} draws. It asks the link as {@code tlem watch} does, and knows nothing
 * else of it. Internal: it may change with any version.
 */
package io.tlem.screen;
