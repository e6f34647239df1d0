/** {@code tools/bench}, which measures the emulator against what the machine can do, and JMH benchmarks of its parts. */
package io.tlem.bench;
