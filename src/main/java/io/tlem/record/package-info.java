/**
 * What came to a running link, and how it was changed: written while it runs, so that a simulation can decide the same once
 * more. Internal: users read and simulate the files.
 */
package io.tlem.record;
