/** The queue models: which packets the link's queue admits. */
package io.tlem.impair.queue;
