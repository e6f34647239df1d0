package io.tlem.port.pcap;

import io.tlem.text.OutputFile;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;

/** Writes what {@link PcapParser} reads, with times in nanoseconds, least significant bytes first. */
final class PcapWriter extends CaptureWriter {
    private static final long SECOND = 1_000_000_000;
    private static final long MAX_SECONDS = 0xffff_ffffL;
    private static final int MAJOR = 2;
    private static final int MINOR = 4;

    private LinkType type; // null until it is known

    PcapWriter(String name, OutputFile file, WritableByteChannel channel) {
        super(name, file, channel);
    }

    @Override
    void describe(CaptureInterface from) {
        // There is only one, and no more to say of it than its link type.
    }

    @Override
    int numberOf(CaptureInterface from, LinkType itsType) {
        if (type == null) {
            begin(itsType);
        }
        if (type != itsType) {
            throw new IllegalArgumentException(name() + ": has packets of one link type, " + type.label()
                    + ", as all files in the format pcap, and there are packets of " + itsType.label()
                    + "; let its name end in .pcapng");
        }
        return 0;
    }

    private void begin(LinkType its) {
        type = its;
        MemorySegment memory = block();
        long at = room(PcapParser.HEADER_BYTES);
        FileNumbers.setInt(memory, at, PcapParser.MAGIC_NANOS);
        FileNumbers.setShort(memory, at + 4, MAJOR);
        FileNumbers.setShort(memory, at + 6, MINOR);
        FileNumbers.setInt(memory, at + 8, 0);
        FileNumbers.setInt(memory, at + 12, 0);
        FileNumbers.setInt(memory, at + 16, LinkType.MAX_PACKET_BYTES);
        FileNumbers.setInt(memory, at + 20, its.number());
        filled(PcapParser.HEADER_BYTES);
    }

    @Override
    int headerBytes() {
        return PcapParser.RECORD_BYTES;
    }

    @Override
    int enclose(MemorySegment memory, long record, int number, long nanos, int captured, long original) {
        long seconds = nanos / SECOND;
        if (seconds > MAX_SECONDS) {
            throw new IllegalArgumentException(
                    name() + ": a packet leaves after the year 2106, which the format pcap does not know; let its name"
                            + " end in .pcapng");
        }
        FileNumbers.setInt(memory, record, (int) seconds);
        FileNumbers.setInt(memory, record + 4, (int) (nanos - seconds * SECOND));
        FileNumbers.setInt(memory, record + 8, captured);
        FileNumbers.setInt(memory, record + 12, (int) original);
        return PcapParser.RECORD_BYTES + captured;
    }

    @Override
    void finish() {
        if (type == null) {
            begin(LinkType.ETHERNET);
        }
    }
}
