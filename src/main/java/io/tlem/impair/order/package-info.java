/** What becomes of packets that a varying delay would reorder. */
package io.tlem.impair.order;
