/**
 * Sweeps: many simulations that differ in parameters, captures and seeds, and a table of what became of each. Internal: it may
 * change with any version.
 */
package io.tlem.sweep;
