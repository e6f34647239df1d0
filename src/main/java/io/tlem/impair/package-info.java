/** The models of a link and the {@link io.tlem.impair.Annotator} that runs them on each packet. */
package io.tlem.impair;
