/** The loss models: which packets are lost. */
package io.tlem.impair.loss;
