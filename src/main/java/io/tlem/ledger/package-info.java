/**
 * What becomes of each packet, one by one: written by the stages into rings, and by a thread of its own into a file.
 * Internal: users read the files.
 */
package io.tlem.ledger;
