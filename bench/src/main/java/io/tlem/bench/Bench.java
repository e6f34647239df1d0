package io.tlem.bench;

import io.tlem.os.SystemMemory;
import io.tlem.port.PacketBatch;
import io.tlem.thread.StageThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code tools/bench}: measures the emulator and what bounds it, and writes tables, JSON, CSV and plots. Exit status: 0
 * done, 1 something could not be measured, 2 the command line is not acceptable.
 */
@Command(
        name = "bench",
        description = "Measures the emulator against what the machine can do. See bench/README.md.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class Bench implements Runnable {
    private static final List<String> SECTIONS =
            List.of("throughput", "timing", "packet", "footprint", "simulate", "soak");

    @Option(names = "--quick", description = "Shorter intervals and fewer cases: less than two minutes.")
    private boolean quick;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "SECTION",
            description = "throughput, timing, packet, footprint, simulate, soak. Default: all but soak.")
    private List<String> only = new ArrayList<>();

    @Option(names = "--json", paramLabel = "FILE", description = "Write all figures as JSON.")
    private Path json;

    @Option(names = "--csv", paramLabel = "FILE", description = "Write all figures as CSV.")
    private Path csv;

    @Option(names = "--plots", paramLabel = "DIR", description = "Draw plots, each as SVG and PNG.")
    private Path plots;

    @Option(names = "--repeat", paramLabel = "N", description = "Counted runs of each figure. Default: 3.")
    private int repeat = 3;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "Length of a measured interval. Default: 2; 0.5 with --quick.")
    private Double seconds;

    @Option(
            names = "--sizes",
            split = ",",
            paramLabel = "BYTES",
            description = "Throughput of every combination of these sizes ...")
    private List<String> sizes = new ArrayList<>();

    @Option(names = "--delays", split = ",", paramLabel = "MS", description = "... delays ...")
    private List<Double> delays = new ArrayList<>();

    @Option(names = "--stages", split = ",", paramLabel = "N", description = "... 2 or 3 stages ...")
    private List<Integer> stages = new ArrayList<>();

    @Option(names = "--batch", split = ",", paramLabel = "N", description = "... packets moved at a time ...")
    private List<Integer> batches = new ArrayList<>();

    @Option(names = "--directions", split = ",", paramLabel = "N", description = "... 1 or 2 directions ...")
    private List<Integer> directions = new ArrayList<>();

    @Option(
            names = "--endpoints",
            split = ",",
            paramLabel = "KIND",
            description = "... memory or pipe, instead of the usual list.")
    private List<String> endpoints = new ArrayList<>();

    @Option(
            names = "--cpus",
            split = ",",
            paramLabel = "CPU",
            description =
                    "CPUs to use: output, input, annotator, and those of the other direction. Default: the last ones.")
    private List<Integer> cpus = new ArrayList<>();

    @Option(
            names = "--rate",
            paramLabel = "PPS",
            description = "What 100 %% load is in timing and soak. Default: measured.")
    private Double rate;

    @Option(names = "--minutes", paramLabel = "N", description = "Length of the soak. Default: 10.")
    private int minutes = 10;

    @Option(
            names = {"-q", "--quiet"},
            description = "Do not say what is being measured.")
    private boolean quiet;

    private final Figures figures = new Figures();
    private boolean failed;

    /** Runs the command line and ends the process. */
    public static void main(String[] args) {
        System.exit(execute(args));
    }

    /** Runs the command line and returns the exit status. */
    static int execute(String... args) {
        Bench bench = new Bench();
        CommandLine commandLine = new CommandLine(bench);
        commandLine.setParameterExceptionHandler((exception, arguments) -> usageError(exception));
        commandLine.setExecutionExceptionHandler((exception, command, result) -> {
            if (exception instanceof IllegalArgumentException) {
                return usageError(exception);
            }
            exception.printStackTrace();
            return 1;
        });
        int status = commandLine.execute(args);
        return status == 0 && bench.failed ? 1 : status;
    }

    private static int usageError(Exception exception) {
        System.err.println("bench: " + String.valueOf(exception.getMessage()).replaceAll("\\s*[\\r\\n]+\\s*", " "));
        return 2;
    }

    /** A part of the benchmark. */
    private interface Section {
        void run() throws IOException, InterruptedException;
    }

    @Override
    public void run() {
        check();
        List<LinkCase> cases = cases();
        Settings settings = new Settings(repeat, quick ? 2 : 4, (long) (seconds() * 1e9), machine(), quiet);
        try {
            prepare(settings);
            Optional<NativeFloor> nativeFloor = NativeFloor.compile();
            figures.describe("c_floor", nativeFloor.isPresent() ? "cc -O2" : "no C compiler");
            Throughput throughput = new Throughput(settings, figures, nativeFloor);
            run("throughput", () -> throughput.run(cases));
            run("timing", () -> {
                Timing timing = new Timing(settings, figures, throughput);
                timing.run(rate == null ? timing.fullRate() : rate, quick);
            });
            run(
                    "packet",
                    () -> new PacketComparison(settings, figures, PacketComparison.Extent.of(repeat, quick)).run());
            run("footprint", () -> new Footprint(settings, figures, quick).run());
            run("simulate", () -> new Simulating(settings, figures, quick).run());
            run("soak", () -> {
                Timing timing = new Timing(settings, figures, throughput);
                new Soak(settings, figures, timing).run(rate == null ? timing.fullRate() : rate, minutes);
            });
            write();
        } catch (IOException e) {
            fail("files", e);
        }
    }

    private void check() {
        require(SECTIONS.containsAll(only), "--only " + String.join(",", only) + ": possible are " + SECTIONS);
        require(repeat >= 1 && repeat <= 1000, "--repeat " + repeat + ": 1 to 1000 is possible");
        require(
                seconds == null || (seconds >= 0.01 && seconds <= 3600),
                "--seconds " + seconds + ": 0.01 to 3600 is possible");
        require(minutes >= 2 && minutes <= 10_000, "--minutes " + minutes + ": 2 to 10000 is possible");
        require(rate == null || rate >= 1, "--rate " + rate + ": at least 1 packet a second is possible");
        require(
                delays.stream().allMatch(delay -> delay >= 0 && delay <= 10_000),
                "--delays " + delays + ": 0 to 10000 ms are possible");
        require(Set.of(2, 3).containsAll(stages), "--stages " + stages + ": 2 and 3 are possible");
        require(
                batches.stream().allMatch(batch -> batch >= 1 && batch <= PacketBatch.MAX_CAPACITY),
                "--batch " + batches + ": 1 to " + PacketBatch.MAX_CAPACITY + " are possible");
        require(Set.of(1, 2).containsAll(directions), "--directions " + directions + ": 1 and 2 are possible");
        require(
                Set.of("memory", "pipe").containsAll(endpoints),
                "--endpoints " + String.join(",", endpoints) + ": memory and pipe are possible");
        Set<Integer> allowed = new TreeSet<>(Threads.ofMachine().cpus());
        require(allowed.containsAll(cpus), "--cpus " + cpus + ": this process may use " + allowed);
        for (Path file : java.util.Arrays.asList(json, csv)) {
            require(
                    file == null || Files.isDirectory(file.toAbsolutePath().getParent()),
                    file + ": there is no such folder");
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    private double seconds() {
        return seconds != null ? seconds : quick ? 0.5 : 2;
    }

    private Threads machine() {
        return cpus.isEmpty() ? Threads.ofMachine() : new Threads(List.copyOf(cpus));
    }

    private List<LinkCase> cases() {
        List<LinkCase> cases = withoutBatches();
        return batches.isEmpty()
                ? cases
                : cases.stream()
                        .flatMap(link -> batches.stream().map(link::withBatch))
                        .toList();
    }

    private List<LinkCase> withoutBatches() {
        if (sizes.isEmpty() && delays.isEmpty() && stages.isEmpty() && directions.isEmpty() && endpoints.isEmpty()) {
            return quick ? LinkCases.quick() : LinkCases.full();
        }
        return LinkCases.combinations(
                sizes.isEmpty() ? List.of("60", "1514") : sizes,
                delays.isEmpty() ? List.of(0.0, 20.0) : delays,
                stages.isEmpty() ? List.of(2) : stages,
                directions.isEmpty() ? List.of(1) : directions,
                endpoints.isEmpty() ? List.of("memory") : endpoints);
    }

    private void prepare(Settings settings) throws IOException {
        StageThread.load();
        figures.describe("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        figures.describe("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        figures.describe("processor", processor());
        figures.describe("cpus", settings.machine().cpus().toString());
        figures.describe("memory_bytes", Long.toString(SystemMemory.availableBytes()));
        figures.describe("load_average", loadAverage());
        figures.describe("runs", Integer.toString(repeat));
        figures.describe("interval_s", Double.toString(seconds()));
        if (settings.machine().cpus().size() < 2) {
            System.err.println("bench: one CPU only: two threads take turns on it, and nothing here says much");
        }
    }

    private static String processor() throws IOException {
        Path file = Path.of("/proc/cpuinfo");
        return Files.isReadable(file)
                ? Files.readAllLines(file).stream()
                        .filter(line -> line.startsWith("model name"))
                        .map(line -> line.replaceFirst(".*: *", ""))
                        .findFirst()
                        .orElse("unknown")
                : "unknown";
    }

    private static String loadAverage() {
        double load = java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                .getSystemLoadAverage();
        return String.format(Locale.ROOT, "%.2f", load);
    }

    private void run(String name, Section section) {
        if (only.isEmpty() ? name.equals("soak") : !only.contains(name)) {
            return;
        }
        long start = System.nanoTime();
        try {
            section.run();
        } catch (InterruptedException | IOException | RuntimeException e) {
            fail(name, e);
        }
        System.out.println("== " + name + "\n" + Table.of(figures.of(name)));
        String took = String.format(Locale.ROOT, "%.0f s", (System.nanoTime() - start) / 1e9);
        new TreeMap<>(Map.of(name + "_took", took)).forEach(figures::describe);
    }

    private void fail(String what, Exception e) {
        failed = true;
        System.err.println("bench: " + what + ": " + e);
        if (!(e instanceof IllegalStateException) || e.getCause() != null) {
            e.printStackTrace();
        }
    }

    private void write() throws IOException {
        figures.environment().forEach((name, value) -> System.out.println(name + ": " + value));
        if (json != null) {
            figures.writeJson(json);
        }
        if (csv != null) {
            figures.writeCsv(csv);
        }
        if (plots != null) {
            Plots.draw(figures, plots);
        }
    }
}
