/** The circular buffer that the stages of one pipeline share, its records and its cursors. */
package io.tlem.buffer;
