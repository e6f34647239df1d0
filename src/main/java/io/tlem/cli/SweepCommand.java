package io.tlem.cli;

import io.tlem.impair.Units;
import io.tlem.sweep.Cluster;
import io.tlem.sweep.Simulator;
import io.tlem.sweep.Sweep;
import io.tlem.sweep.Sweeper;
import io.tlem.sweep.Table;
import io.tlem.text.FileUses;
import io.tlem.text.InputFile;
import io.tlem.text.OutputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlem sweep}. */
@Command(
        name = "sweep",
        description =
                "Simulates captures through a link once for each of many parameters and seeds, on all CPUs, and writes a"
                        + " table with a row for each run: counters, loss, percentiles of the delay, rates.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "FILE is a YAML file:",
            "  captures: [in.pcap]",
            "  seeds: 1-10",
            "  link: {both: {delay: 20ms}}",
            "  grid: {both: {bandwidth: [5M, 10M, 20M], loss: [0, 1%%]}}",
            "",
            "The same file, captures and seeds make the same bytes, whatever the threads. A sweep that was ended goes on where it"
                    + " was: what is done is in NAME.done.",
            "",
            "Examples:",
            "  tlem sweep sweep.yaml",
            "  tlem sweep sweep.yaml -o results/first --threads 4"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:All runs are done.",
            "1:The system failed.",
            "2:The command line or the file is invalid, or a run cannot be carried out.",
            "3:A capture is damaged, and what comes before that was simulated."
        })
final class SweepCommand implements Callable<Integer> {
    private static final int DAMAGED = 3;
    private static final int MOST_THREADS = 1024;

    @Parameters(
            paramLabel = "FILE",
            description = "What is simulated: captures, seeds, link, and a grid or a list of parameters.")
    private Path file;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "NAME",
            description =
                    "Write NAME.csv, NAME.parquet and NAME.svg, and meanwhile NAME.done; what is there is replaced. Default:"
                            + " FILE without its ending.")
    private String name;

    @Option(names = "--threads", paramLabel = "N", description = "Runs at a time. Default: one on each CPU.")
    private String threads;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print nothing but warnings and errors.")
    private boolean quiet;

    @Option(
            names = "--master",
            paramLabel = "MASTER",
            description =
                    "Simulate on Apache Spark: local[*], local-cluster[N,CORES,MB], spark://HOST:PORT, yarn or k8s://..."
                            + " In a checkout, tools/tlem has Maven fetch Spark the first time, about 240 MB.")
    private String master;

    @Override
    public Integer call() throws Exception {
        Simulator simulator = simulator();
        Sweep sweep = Sweep.read(file);
        List<String> captures = sweep.runs().stream()
                .flatMap(run -> run.traffic().files().stream())
                .distinct()
                .toList();
        for (String capture : captures) {
            Optional<String> problem = InputFile.problem(Path.of(capture)); // each run reads it again
            if (problem.isPresent()) {
                throw new UsageException(file + ": " + capture + ": " + problem.get());
            }
        }
        String base = name == null
                ? file.toString().replaceFirst("\\.(ya?ml|json)$", "")
                : name.replaceFirst("\\.(csv|parquet|svg)$", "");
        requireOthers(captures, base);
        Path kept = Path.of(base + ".done");
        OutputFile.check(kept);
        Sweeper sweeper = new Sweeper(sweep, simulator);
        int all = sweep.runs().size();
        AtomicInteger runs = new AtomicInteger();
        Shutdown.sayWhenEnded(() ->
                runs + " of " + all + " runs are done, and kept in " + kept + ": the same command goes on behind them");
        Table table;
        try (ProgressBar progress = ProgressBar.onTerminal(!quiet)) {
            table = sweeper.run(kept, Main.version(), (done, before) -> {
                runs.set(done);
                if (done == before && before > 0 && !quiet) {
                    Output.text(before + " of " + all + " runs were done before");
                }
                progress.show((double) done / all, done + " of " + all + " runs");
            });
        }
        write(table, sweep, base);
        Shutdown.sayWhenEnded(null);
        sweeper.damage().forEach(line -> Output.warn("warning: " + line));
        if (!quiet) {
            Output.text(all + " runs: " + base + ".csv, " + base + ".parquet, " + base + ".svg");
        }
        return sweeper.damage().isEmpty() ? 0 : DAMAGED;
    }

    /** What is read would be replaced. */
    private void requireOthers(List<String> captures, String base) {
        FileUses uses = new FileUses();
        uses.reads(file.toString(), file);
        captures.forEach(capture -> uses.reads(capture, Path.of(capture)));
        for (String ending : List.of(".done", ".csv", ".parquet", ".svg")) {
            uses.writes(base + ending, Path.of(base + ending));
        }
    }

    private static void write(Table table, Sweep sweep, String base) throws IOException {
        table.writeCsv(Path.of(base + ".csv"));
        table.writeParquet(Path.of(base + ".parquet"));
        sweep.writePicture(Path.of(base + ".svg"), table);
    }

    private Simulator simulator() {
        if (master == null) {
            return Simulator.onThreads(threads());
        }
        if (threads != null) {
            throw new UsageException("--threads and --master exclude each other");
        }
        return Cluster.find()
                .orElseThrow(
                        () -> new UsageException(
                                "--master " + master
                                        + ": Apache Spark is not in this program; tools/tlem of a checkout (of its sources) fetches it"))
                .at(master);
    }

    private int threads() {
        if (threads == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        try {
            return (int) Units.parseCount(threads, 1, MOST_THREADS);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--threads " + threads + ": " + e.getMessage());
        }
    }
}
