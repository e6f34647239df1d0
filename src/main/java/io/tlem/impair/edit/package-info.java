/** The models that change packets: their bits, their marks, their length. */
package io.tlem.impair.edit;
