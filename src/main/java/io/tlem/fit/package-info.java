/**
 * Finds the parameters of a link's models: from captures at both of its ends, from what ping has printed, or from what testers
 * know of it. Internal: users read the configuration and the report that it writes.
 */
package io.tlem.fit;
