package io.tlem.link;

import io.tlem.buffer.PacketRecord;
import io.tlem.buffer.RecordWriter;
import io.tlem.impair.PacketContext;
import io.tlem.layout.ThreadOwned;
import io.tlem.port.PacketBatch;
import io.tlem.port.ZeroCopy;
import io.tlem.stats.DropReason;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** What a {@link BatchIntake} changes all the time. */
abstract class BatchProgress extends ThreadOwned {
    long receivedBytes; // of the batch
}

/**
 * Decides about all packets of a batch, then copies those that leave: two short loops. For models that change no packet and
 * let none overtake, or where another stage decides.
 */
final class BatchIntake extends BatchProgress implements Intake {
    @SuppressWarnings("unused") // keeps the fields above apart from what lies behind this object
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;

    private final MemorySegment source;
    private final boolean inC;
    private final int longestStride;
    private final RecordWriter writer;
    private final Decider decider; // null where another stage decides
    private final Settlement settlement;
    private final RecordIntake oneByOne; // where there is little room
    private final long[] releases; // 0 where another stage decides
    private final ZeroCopy zeroCopy; // null where packets are copied
    private final boolean tagged; // by the source, for the sink

    /**
     * @param inC whether C may copy out of the source's memory
     * @param zeroCopy takes packets over that need not be copied
     * @param tagged whether the source tags packets for the sink
     */
    BatchIntake(
            MemorySegment source,
            boolean inC,
            int longestPacketBytes,
            RecordWriter writer,
            Decider decider,
            Settlement settlement,
            RecordIntake oneByOne,
            Optional<ZeroCopy> zeroCopy,
            boolean tagged,
            int batchSize) {
        this.source = source;
        this.inC = inC;
        this.longestStride = PacketRecord.strideOf(longestPacketBytes);
        this.writer = writer;
        this.decider = decider;
        this.settlement = settlement;
        this.oneByOne = oneByOne;
        this.releases = new long[batchSize];
        this.zeroCopy = zeroCopy.orElse(null);
        this.tagged = tagged;
    }

    @Override
    public int take(PacketBatch batch, int count, long firstNumber) {
        if (count == 0) {
            return 0;
        }
        boolean room = writer.hasRoom((long) count * longestStride, longestStride)
                || writer.hasRoom(strides(batch.length, count), longestStride);
        if (room && !settlement.refusesAny(firstNumber, count)) {
            takeAll(batch, count, firstNumber);
        } else {
            if (batch.lengthsSuffice) {
                zeroCopy.write(batch, count);
            }
            oneByOne.take(batch, count, firstNumber);
        }
        return count;
    }

    /** Not where somebody writes the packets down. */
    @Override
    public boolean lengthsSuffice() {
        return zeroCopy != null && decider != null && decider.onlyDelays() && !settlement.isKept();
    }

    @Override
    public void takeOver(PacketContext packet, long number) {
        oneByOne.takeOver(packet, number);
    }

    private static long strides(int[] lengths, int count) {
        long strides = 0;
        for (int i = 0; i < count; i++) {
            strides += PacketRecord.strideOf(lengths[i]);
        }
        return strides;
    }

    private void takeAll(PacketBatch batch, int count, long firstNumber) {
        int decided = count;
        try {
            if (decider != null) {
                decided = 0;
                try {
                    decider.decide(source, batch, count, firstNumber, releases);
                } finally {
                    decided = decider.decided();
                }
            }
        } finally {
            try {
                append(batch, decided, firstNumber);
            } finally {
                settlement.received(decided, receivedBytes);
            }
        }
    }

    /** Stores packets that have been decided, and sums their bytes up. */
    private void append(PacketBatch in, int count, long firstNumber) {
        int[] tags = null;
        if (zeroCopy != null) {
            tags = longest(in.length, count) < zeroCopy.leastBytes() ? null : keep(in, count);
        } else if (tagged) {
            tags = in.tag;
            for (int i = 0; i < count; i++) {
                tags[i] = Math.min(tags[i], 0); // nobody has kept the packet, whatever a port says
            }
        }
        int seen = 0;
        if (inC) {
            seen = writer.appendInC(source, in.offset, in.length, in.arrivalNanos, firstNumber, releases, tags, count);
            if (seen == count) {
                receivedBytes = writer.seenBytes();
                return;
            }
        }
        receivedBytes = sum(in.length, count);
        try {
            writer.append(source, in.offset, in.length, in.arrivalNanos, firstNumber, releases, tags, seen, count);
        } finally {
            for (int i = writer.appendedEnd(); i < count; i++) { // the port's memory has failed
                if (releases[i] != RecordWriter.OMIT) {
                    settlement.dropped(DropReason.BUFFER, firstNumber + i, in.length[i], in.arrivalNanos[i]);
                }
            }
        }
    }

    private static int longest(int[] lengths, int count) {
        int longest = 0;
        for (int i = 0; i < count; i++) {
            longest = Math.max(longest, lengths[i]);
        }
        return longest;
    }

    /** Short packets are copied: that is faster. */
    private int[] keep(PacketBatch in, int count) {
        int least = zeroCopy.leastBytes();
        for (int i = 0; i < count; i++) {
            if (in.length[i] < least || releases[i] == RecordWriter.OMIT) {
                in.place[i] = 0;
            }
        }
        zeroCopy.keep(in, count);
        return in.tag;
    }

    private static long sum(int[] lengths, int count) {
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += lengths[i];
        }
        return bytes;
    }
}
