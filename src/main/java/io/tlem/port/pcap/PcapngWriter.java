package io.tlem.port.pcap;

import io.tlem.text.OutputFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;

/** Writes what {@link PcapngParser} reads: one section, each interface before its first packet. */
final class PcapngWriter extends CaptureWriter {
    private static final int SECTION_BYTES = 28;
    private static final int PACKET_HEADER_BYTES = 28;
    private static final int LENGTH_BYTES = 4;
    private static final int OPTION_BYTES = 4; // code and length
    private static final int NANOSECONDS = 9;

    private final IdentityHashMap<CaptureInterface, Integer> numbers =
            new IdentityHashMap<>(); // two captures may describe theirs alike

    PcapngWriter(String name, OutputFile file, WritableByteChannel channel) {
        super(name, file, channel);
        MemorySegment memory = block();
        long at = room(SECTION_BYTES);
        FileNumbers.setInt(memory, at, PcapngParser.SECTION);
        FileNumbers.setInt(memory, at + 4, SECTION_BYTES);
        FileNumbers.setInt(memory, at + 8, PcapngParser.ORDER_MAGIC);
        FileNumbers.setShort(memory, at + 12, 1); // version 1.0
        FileNumbers.setShort(memory, at + 14, 0);
        FileNumbers.setInt(memory, at + 16, -1); // whose length is not said
        FileNumbers.setInt(memory, at + 20, -1);
        FileNumbers.setInt(memory, at + 24, SECTION_BYTES);
        filled(SECTION_BYTES);
    }

    @Override
    int numberOf(CaptureInterface from, LinkType type) {
        return numbers.get(from);
    }

    @Override
    void describe(CaptureInterface from) {
        if (numbers.putIfAbsent(from, numbers.size()) != null) {
            return;
        }
        byte[] name = from.name().getBytes(StandardCharsets.UTF_8);
        int nameBytes = name.length == 0 ? 0 : OPTION_BYTES + padded(name.length);
        byte[] description = from.description().getBytes(StandardCharsets.UTF_8);
        int descriptionBytes = description.length == 0 ? 0 : OPTION_BYTES + padded(description.length);
        int length = 16 + nameBytes + descriptionBytes + OPTION_BYTES + padded(1) + OPTION_BYTES + LENGTH_BYTES;
        MemorySegment memory = block();
        long at = room(length);
        memory.asSlice(at, length).fill((byte) 0);
        FileNumbers.setInt(memory, at, PcapngParser.INTERFACE);
        FileNumbers.setInt(memory, at + 4, length);
        FileNumbers.setShort(memory, at + 8, from.linkNumber());
        FileNumbers.setInt(memory, at + 12, (int) from.snapBytes());
        long option = at + 16;
        if (nameBytes > 0) {
            setOption(memory, option, PcapngParser.OPTION_NAME, name);
            option += nameBytes;
        }
        if (descriptionBytes > 0) {
            setOption(memory, option, PcapngParser.OPTION_DESCRIPTION, description);
            option += descriptionBytes;
        }
        FileNumbers.setShort(memory, option, PcapngParser.OPTION_RESOLUTION);
        FileNumbers.setShort(memory, option + 2, 1);
        memory.set(ValueLayout.JAVA_BYTE, option + OPTION_BYTES, (byte) NANOSECONDS);
        FileNumbers.setInt(memory, at + length - LENGTH_BYTES, length); // behind an end of options of four zeros
        filled(length);
    }

    private static void setOption(MemorySegment memory, long at, int code, byte[] value) {
        FileNumbers.setShort(memory, at, code);
        FileNumbers.setShort(memory, at + 2, value.length);
        MemorySegment.copy(value, 0, memory, ValueLayout.JAVA_BYTE, at + OPTION_BYTES, value.length);
    }

    private static int padded(int bytes) {
        return bytes + 3 & -4;
    }

    @Override
    int headerBytes() {
        return PACKET_HEADER_BYTES;
    }

    @Override
    int enclose(MemorySegment memory, long record, int number, long nanos, int captured, long original) {
        long end = record + PACKET_HEADER_BYTES + padded(captured);
        int length = PACKET_HEADER_BYTES + padded(captured) + LENGTH_BYTES;
        FileNumbers.setInt(memory, record, PcapngParser.ENHANCED_PACKET);
        FileNumbers.setInt(memory, record + 4, length);
        FileNumbers.setInt(memory, record + 8, number);
        FileNumbers.setInt(memory, record + 12, (int) (nanos >>> Integer.SIZE));
        FileNumbers.setInt(memory, record + 16, (int) nanos);
        FileNumbers.setInt(memory, record + 20, captured);
        FileNumbers.setInt(memory, record + 24, (int) original);
        for (long at = record + PACKET_HEADER_BYTES + captured; at < end; at++) {
            memory.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
        }
        FileNumbers.setInt(memory, end, length);
        return length;
    }

    @Override
    int withOptions(MemorySegment memory, long record, int bytes, byte[] options) {
        long at = record + bytes - LENGTH_BYTES;
        MemorySegment.copy(options, 0, memory, ValueLayout.JAVA_BYTE, at, options.length);
        int length = bytes + options.length + OPTION_BYTES;
        FileNumbers.setInt(memory, at + options.length, BlockOptions.END);
        FileNumbers.setInt(memory, record + 4, length);
        FileNumbers.setInt(memory, record + length - LENGTH_BYTES, length);
        return length;
    }

    @Override
    void finish() {
        // A section without interfaces and packets is a capture.
    }
}
