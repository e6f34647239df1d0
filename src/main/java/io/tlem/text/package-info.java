/** What people write and read: escapes in what they give, the files they name, and what messages show of both. */
package io.tlem.text;
