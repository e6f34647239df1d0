/** Links on a virtual clock, between captures: what comes out is what would have come out. */
package io.tlem.simulate;
