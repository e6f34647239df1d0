package io.tlem.spark;

import io.tlem.sweep.Cluster;
import io.tlem.sweep.Run;
import io.tlem.sweep.Simulator;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Function2;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;

/**
 * Simulates runs on Apache Spark: each is a task of its own, whose result comes back when it is done. A run that an executor
 * takes with it when it dies is done again by another, with the same result.
 *
 * <p>Settings of Spark are taken from system properties, {@code -Dspark.executor.memory=2g} in {@code TLEM_JAVA_OPTS}.
 */
public final class SparkCluster implements Cluster {
    /** Jars that executors need besides Spark's, between commas; set by who starts the program. */
    private static final String JARS = "tlem.spark.jars";

    @Override
    public Simulator at(String master) {
        return (runs, results) -> simulate(master, runs, results);
    }

    private static void simulate(String master, List<Run> runs, Simulator.Results results) throws IOException {
        if (runs.isEmpty()) {
            return;
        }
        SparkConf conf = new SparkConf() // with what system properties say
                .setMaster(master)
                .setIfMissing("spark.app.name", "tlem sweep")
                .setIfMissing("spark.jars", System.getProperty(JARS, ""))
                .setIfMissing("spark.ui.enabled", "false")
                .setIfMissing("spark.executor.extraJavaOptions", "--enable-native-access=ALL-UNNAMED");
        try (JavaSparkContext spark = new JavaSparkContext(conf)) {
            run(spark, runs, results);
        } catch (Exception e) { // Scala does not say which
            throw new IOException(
                    "Spark: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
    }

    /** What executors do. */
    private static final class Task implements Function2<TaskContext, Iterator<Run>, Run.Result>, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public Run.Result apply(TaskContext context, Iterator<Run> runs) {
            try {
                return runs.next().simulate();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void run(JavaSparkContext spark, List<Run> runs, Simulator.Results results) {
        SparkContext context = spark.sc();
        Function2<Object, Run.Result, BoxedUnit> taken = (index, result) -> {
            try {
                results.take(runs.get((Integer) index), result);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return BoxedUnit.UNIT;
        };
        List<Object> all =
                IntStream.range(0, runs.size()).<Object>mapToObj(index -> index).toList();
        context.runJob(
                spark.parallelize(runs.stream().map(Run::fromTheRoot).toList(), runs.size())
                        .rdd(), // a task each
                new Task(),
                CollectionConverters.asScala(all).toSeq(),
                taken,
                ClassTag$.MODULE$.apply(Run.Result.class));
    }
}
