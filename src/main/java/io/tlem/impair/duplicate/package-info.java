/** The duplication models: which packets are sent twice. */
package io.tlem.impair.duplicate;
