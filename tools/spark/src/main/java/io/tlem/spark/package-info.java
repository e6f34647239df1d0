/** Sweeps on Apache Spark. */
package io.tlem.spark;
