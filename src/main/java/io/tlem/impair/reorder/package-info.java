/** The reordering models: which packets overtake others behind the link. */
package io.tlem.impair.reorder;
