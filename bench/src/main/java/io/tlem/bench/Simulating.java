package io.tlem.bench;

import io.tlem.impair.Role;
import io.tlem.port.PacketBatch;
import io.tlem.port.pcap.CaptureReader;
import io.tlem.port.pcap.CaptureSink;
import io.tlem.port.pcap.CaptureSource;
import io.tlem.port.pcap.CaptureWriter;
import io.tlem.port.pcap.Labels;
import io.tlem.simulate.Simulation;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How many packets a second {@code tlem simulate} takes from a capture that is cached, against reading and writing the same
 * capture alone; and the whole run of a process on one CPU, from its start to its end.
 */
final class Simulating {
    private static final String SECTION = "simulate";
    private static final int PACKET_BYTES = 60;
    private static final int RECORD_BYTES = 16 + PACKET_BYTES;
    private static final int HEADER_BYTES = 24;
    private static final int GAP_NANOS = 672; // at 1 Gbit/s, framing included
    private static final int BLOCK_BYTES = 4 << 20;
    private static final int BATCH = 512;
    private static final long SECOND = 1_000_000_000;

    private static final List<String> LINK = List.of("-B", "1G", "-Q", "1M", "-D", "10ms", "-L", "1%");

    private final Settings settings;
    private final Figures figures;
    private final int packets;

    Simulating(Settings settings, Figures figures, boolean quick) {
        this.settings = settings;
        this.figures = figures;
        this.packets = quick ? 1_000_000 : 5_000_000;
    }

    /** What is measured. */
    private interface Work {
        /** @return packets that have come out */
        long run(Path in, Path out) throws IOException;
    }

    void run() throws IOException {
        Path folder = Files.createTempDirectory("tlem-bench");
        Path in = folder.resolve("in.pcap");
        Path longer = folder.resolve("longer.pcap");
        Path out = folder.resolve("out.pcap");
        try {
            write(in, packets);
            write(longer, 3 * packets);
            Map<String, Work> works = new LinkedHashMap<>();
            works.put("bytes alone", Simulating::copyBytes);
            works.put("reading and writing alone", Simulating::copyPackets);
            works.put("without models", (from, to) -> simulate(from, to, new LinkSpec.Builder()));
            works.put("rate, delay, loss", (from, to) -> simulate(from, to, withModels()));
            for (int round = -1; round < settings.repeat(); round++) {
                settings.progress("captures, round " + round);
                round(works, in, out, round >= 0);
            }
            for (int round = 0; round < settings.repeat(); round++) {
                settings.progress("captures as processes, round " + round);
                process(in, longer, out);
            }
        } finally {
            for (Path file : List.of(in, longer, out, folder)) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void round(Map<String, Work> works, Path in, Path out, boolean counts) throws IOException {
        Map<String, Double> nanos = new LinkedHashMap<>();
        for (Map.Entry<String, Work> work : works.entrySet()) {
            Files.deleteIfExists(out);
            long before = cpuNanos();
            long left = work.getValue().run(in, out);
            nanos.put(work.getKey(), (double) (cpuNanos() - before) / packets);
            if (left < packets * 0.98) {
                throw new IllegalStateException(work.getKey() + ": only " + left + " packets came out");
            }
        }
        if (!counts) {
            return;
        }
        double floor = nanos.get("reading and writing alone");
        nanos.forEach((name, its) -> {
            Map<String, String> of = Map.of("of", name);
            figures.add(SECTION, of, "CPU", "ns a packet", its);
            figures.add(SECTION, of, "rate", "Mpps", 1e3 / its);
            figures.add(SECTION, of, "floor / this", "", floor / its);
        });
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** Packets of 60 bytes that look like UDP over IPv4. */
    private static void write(Path file, int count) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            block.putInt(0xa1b23c4d).putShort((short) 2).putShort((short) 4).putLong(0);
            block.putInt(262_144).putInt(1);
            byte[] packet = new byte[PACKET_BYTES];
            ByteBuffer.wrap(packet)
                    .putShort(12, (short) 0x800)
                    .putShort(14, (short) 0x4500)
                    .putShort(16, (short) 46);
            packet[22] = 64;
            packet[23] = 17;
            for (int i = 0; i < count; i++) {
                long nanos = 1_700_000_000 * SECOND + (long) i * GAP_NANOS;
                ByteBuffer.wrap(packet).putInt(42, i);
                block.putInt((int) (nanos / SECOND)).putInt((int) (nanos % SECOND));
                block.putInt(PACKET_BYTES).putInt(PACKET_BYTES).put(packet);
                if (block.remaining() < RECORD_BYTES || i == count - 1) {
                    block.flip();
                    while (block.hasRemaining()) {
                        int ignored = channel.write(block);
                    }
                    block.clear();
                }
            }
        }
    }

    /** The least that has to be done: system calls that move the bytes. */
    private static long copyBytes(Path in, Path out) throws IOException {
        try (FileChannel from = FileChannel.open(in, StandardOpenOption.READ);
                FileChannel to = FileChannel.open(out, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
            long bytes = 0;
            while (from.read(block) >= 0) {
                block.flip();
                while (block.hasRemaining()) {
                    bytes += to.write(block);
                }
                block.clear();
            }
            return (bytes - HEADER_BYTES) / RECORD_BYTES;
        }
    }

    /** Packet by packet, through the emulator's own reader and writer, with nothing between. */
    private static long copyPackets(Path in, Path out) throws IOException {
        try (Arena arena = Arena.ofShared();
                CaptureReader reader =
                        new CaptureReader(in.toString(), (from, type, memory, packet, captured, original) -> 0);
                CaptureWriter writer = CaptureWriter.open(out.toString())) {
            Labels labels = new Labels();
            CaptureSource source = new CaptureSource(reader, 0, labels, false, 0);
            CaptureSink sink =
                    CaptureSink.into(writer, number -> reader.interfaces().get(number), labels, 0, arena);
            MemorySegment read = source.memory();
            MemorySegment written = sink.memory();
            PacketBatch batch = new PacketBatch(BATCH);
            PacketBatch slots = new PacketBatch(BATCH);
            long count = 0;
            while (reader.load(BATCH) != Long.MAX_VALUE) {
                while (source.receive(batch, () -> Long.MAX_VALUE) > 0) {
                    int room = sink.reserve(slots, batch.count);
                    if (room < batch.count) {
                        throw new IllegalStateException("no room for " + batch.count + " packets");
                    }
                    for (int i = 0; i < room; i++) {
                        MemorySegment.copy(read, batch.offset[i], written, slots.offset[i], batch.length[i]);
                        slots.length[i] = batch.length[i];
                        slots.releaseNanos[i] = batch.arrivalNanos[i];
                        slots.number[i] = count + i;
                    }
                    sink.transmit(slots, room, 0);
                    source.release();
                    count += room;
                }
            }
            writer.finishAndClose();
            return count;
        }
    }

    private static LinkSpec.Builder withModels() {
        return new LinkSpec.Builder()
                .with(Setting.of(Role.BANDWIDTH), "1G")
                .with(Setting.of(Role.QUEUE), "1M")
                .with(Setting.of(Role.DELAY), "10ms")
                .with(Setting.of(Role.LOSS), "1%");
    }

    private static long simulate(Path in, Path out, LinkSpec.Builder link) throws IOException {
        try (Simulation simulation =
                new Simulation(link.conclude(), 1, List.of(in.toString()), List.of(out.toString()), Optional.empty())) {
            simulation.run(sample -> {}, share -> {});
        }
        return (Files.size(out) - HEADER_BYTES) / RECORD_BYTES;
    }

    /** As {@code tools/tlem} runs it; two lengths, so that what a process takes besides its packets is known too. */
    private void process(Path in, Path longer, Path out) throws IOException {
        double few = seconds(in, out);
        double many = seconds(longer, out);
        double each = (many - few) / (2.0 * packets);
        Map<String, String> of = Map.of("of", "process, one CPU");
        figures.add(SECTION, of, "start", "s", few - each * packets);
        figures.add(SECTION, of, "each further packet", "ns", each * 1e9);
        figures.add(SECTION, of, "rate of " + 3 * packets + " packets as a whole", "Mpps", 3 * packets / many / 1e6);
    }

    private double seconds(Path in, Path out) throws IOException {
        Files.deleteIfExists(out);
        List<String> command = new ArrayList<>();
        Command.find("taskset")
                .ifPresent(taskset -> command.addAll(List.of(
                        taskset.toString(),
                        "-c",
                        settings.machine().cpus().getFirst().toString())));
        List<String> words = new ArrayList<>(List.of("simulate", in.toString(), "-o", out.toString(), "-q"));
        words.addAll(LINK);
        command.addAll(Command.tlem(List.of("-XX:CompileThresholdScaling=4"), words.toArray(String[]::new)));
        long start = System.nanoTime();
        String ignored = Command.output(command);
        return (System.nanoTime() - start) / 1e9;
    }
}
