package io.tlem.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** {@link CopyFloor} in C, {@code native/memcpy_floor.c}: compiled when there is a compiler, run as a process of its own. */
final class NativeFloor {
    private final Path program;

    private NativeFloor(Path program) {
        this.program = program;
    }

    /** Compiles it; empty when there is no compiler or no source here. */
    static Optional<NativeFloor> compile() throws IOException {
        return Command.compiled("memcpy_floor").map(NativeFloor::new);
    }

    Sample measure(
            PacketSizes sizes,
            long bufferBytes,
            long lagBytes,
            int directions,
            Threads machine,
            long settleNanos,
            long nanos) {
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                sizes.pattern().stream().map(String::valueOf).collect(Collectors.joining(",")),
                Long.toString(bufferBytes),
                Long.toString(lagBytes),
                Integer.toString(PacketMemory.slotBytes(sizes)),
                Integer.toString(LinkCase.FLOOR_BATCH),
                seconds(settleNanos),
                seconds(nanos)));
        for (int i = 0; i < directions; i++) {
            command.add(Integer.toString(machine.cpu(2 * i + 1, 2 * directions)));
            command.add(Integer.toString(machine.cpu(2 * i, 2 * directions)));
        }
        String[] words = Command.output(command).strip().split(" ", -1);
        long packets = Long.parseLong(words[0]);
        double bytes =
                sizes.pattern().stream().mapToInt(Integer::intValue).average().orElseThrow() * packets;
        return new Sample(packets, (long) bytes, Long.parseLong(words[1]), Long.parseLong(words[2]), null);
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.6f", nanos / 1e9);
    }
}
