/** The bandwidth models: how fast the link serialises packets. */
package io.tlem.impair.bandwidth;
