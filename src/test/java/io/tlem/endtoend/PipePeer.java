package io.tlem.endtoend;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.pipe.PipePortProvider;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.LockSupport;

/**
 * A program with one end of a pipe: sends numbered packets and takes as many, each checked for its number, its length
 * and a pattern made of the number.
 */
final class PipePeer {
    private static final int BATCH = 256;

    private PipePeer() {}

    /**
     * Exchanges packets with the process at the other end.
     *
     * @param arguments address, number of packets
     */
    public static void main(String[] arguments) {
        long packets = Long.parseLong(arguments[1]);
        try (PacketPort port = new PipePortProvider().open(PortAddress.parse(arguments[0]))) {
            exchange(port.source().orElseThrow(), port.sink().orElseThrow(), packets);
        }
        System.out.println("exchanged " + packets);
    }

    private static void exchange(PacketSource source, PacketSink sink, long packets) {
        PacketBatch in = new PacketBatch(BATCH);
        PacketBatch out = new PacketBatch(BATCH);
        long sent = 0;
        long received = 0;
        int idle = 0;
        while (sent < packets || received < packets || !isEmpty(sink)) {
            int moved = 0;
            if (sent < packets) {
                int free = sink.reserve(out, (int) Math.min(BATCH, packets - sent));
                for (int i = 0; i < free; i++) {
                    write(sink.memory(), out.offset[i], sent);
                    out.length[i] = length(sent);
                    sent++;
                }
                if (free > 0) {
                    sink.transmit(out, free, 0);
                    moved += free;
                }
            } else {
                sink.flush();
            }
            int arrived = source.receive(in, System::nanoTime);
            for (int i = 0; i < arrived; i++) {
                check(source.memory(), in.offset[i], in.length[i], received);
                received++;
            }
            if (arrived > 0) {
                source.release();
                moved += arrived;
            }
            idle = moved > 0 ? 0 : idle + 1;
            if (idle > 100) {
                LockSupport.parkNanos(1_000);
            }
        }
        if (received != packets || source.missedPackets() != 0) {
            throw new IllegalStateException("received " + received + ", missed " + source.missedPackets());
        }
    }

    /** Whether all of it is in the other end's ring: another reservation gets every slot. */
    private static boolean isEmpty(PacketSink sink) {
        sink.flush();
        PacketBatch all = new PacketBatch(PacketBatch.MAX_CAPACITY);
        return sink.reserve(all, PacketBatch.MAX_CAPACITY) == 1023;
    }

    private static int length(long number) {
        return 60 + (int) (number % 41);
    }

    private static void write(MemorySegment memory, long offset, long number) {
        long word = number;
        for (int i = 0; i < 56; i += 8) {
            memory.set(ValueLayout.JAVA_LONG, offset + i, word);
            word = word * 0x9E37_79B9_7F4A_7C15L + 1;
        }
    }

    private static void check(MemorySegment memory, long offset, int length, long number) {
        long word = number;
        boolean same = length == length(number);
        for (int i = 0; i < 56; i += 8) {
            same &= memory.get(ValueLayout.JAVA_LONG, offset + i) == word;
            word = word * 0x9E37_79B9_7F4A_7C15L + 1;
        }
        if (!same) {
            throw new IllegalStateException("instead of packet " + number + " came "
                    + memory.get(ValueLayout.JAVA_LONG, offset) + " with " + length + " bytes");
        }
    }
}
