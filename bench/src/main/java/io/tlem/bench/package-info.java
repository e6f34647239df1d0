/**
 * JMH benchmarks. After {@code tools/test -DskipTests}:
 *
 * <pre>java -cp 'bench/target/classes:bench/target/lib/*' org.openjdk.jmh.Main</pre>
 */
package io.tlem.bench;
