package io.tlem.bench;

import io.tlem.buffer.RecordWriter;
import io.tlem.buffer.SharedBuffer;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.pipe.PipePortProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the emulator takes of a machine, as a process of its own: CPU, memory, time to start. */
final class Footprint {
    private static final String SECTION = "footprint";
    private static final int BUFFER_MIB = 64;
    private static final long FIRST_PACKET_LIMIT_NANOS = 30_000_000_000L;
    private static final long POLL_NANOS = 20_000;

    private static final Map<String, String> LOADS = loads();

    private final Settings settings;
    private final Figures figures;
    private final boolean quick;

    Footprint(Settings settings, Figures figures, boolean quick) {
        this.settings = settings;
        this.figures = figures;
        this.quick = quick;
    }

    /** How threads wait: a name and the options for it. */
    private static Map<String, List<String>> waiting(boolean quick) {
        Map<String, List<String>> options = new LinkedHashMap<>();
        options.put("default", List.of());
        options.put("spin", List.of("--spin", "1000s", "--yield", "0", "--sleep", "0"));
        if (quick) {
            return options;
        }
        options.put("sleep 50us", List.of("--spin", "0", "--yield", "0", "--sleep", "50us"));
        options.put("sleep 1ms", List.of("--spin", "0", "--yield", "0", "--sleep", "1ms"));
        return options;
    }

    private static Map<String, String> loads() {
        Map<String, String> loads = new LinkedHashMap<>();
        loads.put("idle", "generator:pps=100");
        loads.put("500 kpps imix", "generator:size=imix,pps=500k");
        return loads;
    }

    void run() throws IOException {
        bytesPerPacket();
        for (int round = 0; round < (quick ? 1 : settings.repeat()); round++) {
            settings.progress("start-up");
            startUp();
            firstPackets();
            for (Map.Entry<String, List<String>> waiting : waiting(quick).entrySet()) {
                for (Map.Entry<String, String> load : LOADS.entrySet()) {
                    settings.progress("CPU and memory, " + waiting.getKey() + ", " + load.getKey());
                    cpuAndMemory(waiting.getKey(), waiting.getValue(), load.getKey(), load.getValue());
                }
            }
        }
    }

    /** A buffer is filled with records until it is full. */
    private void bytesPerPacket() {
        try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
            SharedBuffer buffer = SharedBuffer.allocate(arena, 1 << 20, SharedBuffer.Pages.ORDINARY);
            for (int size : new int[] {60, 1514}) {
                RecordWriter writer = new RecordWriter(buffer, buffer.stored());
                long packets = 0;
                while (writer.claim(size) != RecordWriter.FULL) {
                    writer.commit();
                    packets++;
                }
                long bytes = buffer.capacityBytes() / packets;
                figures.add(SECTION, Map.of("of", "one packet of " + size), "buffer", "bytes", (double) bytes);
            }
        }
    }

    private void startUp() {
        String name = "benchstart" + ProcessHandle.current().pid();
        Process process = null;
        try (PacketPort end = new PipePortProvider().open(PortAddress.parse("pipe:" + name + "}1"))) {
            PacketSource source = end.source().orElseThrow();
            PacketBatch batch = new PacketBatch(1);
            long start = System.nanoTime();
            process = Command.start(
                    Command.tlem(List.of(), "run", "-i", "generator:pps=100k", "-i", "pipe:" + name + "{1", "-qq"));
            while (source.receive(batch, System::nanoTime) == 0) {
                if (!process.isAlive() || System.nanoTime() - start > FIRST_PACKET_LIMIT_NANOS) {
                    throw new IllegalStateException("no packet came from a tlem that was started");
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
            double millis = (System.nanoTime() - start) / 1e6;
            figures.add(SECTION, Map.of("of", "start to first packet"), "time", "ms", millis);
        } finally {
            if (process != null) {
                Command.end(process);
            }
        }
    }

    private void firstPackets() {
        String report = Command.output(Command.tlem(
                List.of(),
                "run",
                "-i",
                "generator:size=imix,pps=10k,count=1000",
                "-i",
                "sink:",
                "-D",
                "20ms",
                "--json"));
        String summary = report.lines()
                .filter(line -> line.contains("\"summary\""))
                .findFirst()
                .orElseThrow();
        Matcher lateness = Pattern.compile("\"lateness_ns\":\\{([^}]*)}").matcher(summary);
        if (!lateness.find()) {
            throw new IllegalStateException("no lateness in " + summary);
        }
        Matcher value = Pattern.compile("\"(p[0-9.]+|max)\":([0-9]+)").matcher(lateness.group(1));
        while (value.find()) {
            figures.add(
                    SECTION,
                    Map.of("of", "first 1000 packets, 10 kpps"),
                    "late " + value.group(1),
                    "us",
                    Long.parseLong(value.group(2)) / 1e3);
        }
    }

    private void cpuAndMemory(String waiting, List<String> options, String load, String generator) throws IOException {
        Path log = Files.createTempFile("tlem-bench", ".gc");
        List<String> command = new ArrayList<>(Command.tlem(
                List.of("-Xlog:gc:file=" + log),
                "run",
                "-i",
                generator,
                "-i",
                "sink:",
                "-D",
                "20ms",
                "--buffer",
                BUFFER_MIB + "M",
                "--json"));
        command.addAll(options);
        Process process = Command.start(command);
        try (BufferedReader out = process.inputReader()) {
            awaitReport(out, command);
            ProcessStatus status = ProcessStatus.of(process);
            Map<String, Long> before = status.stageCpuNanos();
            long collectionsBefore = collections(log);
            long start = System.nanoTime();
            LockSupport.parkNanos(settings.nanos());
            Map<String, Long> after = status.stageCpuNanos();
            double elapsed = System.nanoTime() - start;
            Map<String, String> of = Map.of("of", load + ", " + waiting);
            before.forEach((thread, cpu) ->
                    figures.add(SECTION, of, "CPU " + thread, "%", 100 * (after.get(thread) - cpu) / elapsed));
            double outside = status.residentBytes() / 1048576.0 - BUFFER_MIB;
            figures.add(SECTION, of, "RSS - buffer", "MiB", outside);
            figures.add(SECTION, of, "collections at start", "", (double) collectionsBefore);
            figures.add(SECTION, of, "collections since", "", (double) (collections(log) - collectionsBefore));
        } finally {
            Command.end(process);
            Files.deleteIfExists(log);
        }
    }

    /** Waits for what the report says of the first second. */
    private static void awaitReport(BufferedReader out, List<String> command) throws IOException {
        StringBuilder said = new StringBuilder();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.contains("\"interval\"")) {
                return;
            }
            said.append(line).append(' ');
        }
        throw new IllegalStateException(String.join(" ", command) + ": " + said);
    }

    private static long collections(Path log) throws IOException {
        return Files.readAllLines(log).stream()
                .filter(line -> line.contains("Pause"))
                .count();
    }
}
