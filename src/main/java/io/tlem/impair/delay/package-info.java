/** The delay models: how long packets travel. */
package io.tlem.impair.delay;
