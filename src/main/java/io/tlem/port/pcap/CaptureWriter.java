package io.tlem.port.pcap;

import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.text.InputFile;
import io.tlem.text.OutputFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Writes a capture, with times in nanoseconds, in the format and packed as the name of the file says. The same packets make the
 * same bytes on any machine. Used by one thread.
 */
public abstract class CaptureWriter implements AutoCloseable {
    /** What names of files may end in, for messages. */
    public static final String ENDINGS = ".pcap or .pcapng, with .gz or .zst behind it to pack it";

    /** The name of the standard output, to which pcapng is written. */
    public static final String STANDARD_OUTPUT = "-";

    /** More than any record has besides its packet. */
    static final int RECORD_BYTES = 64;

    private static final String KIND = "pcap";
    private static final int BLOCK_BYTES = 1 << 18; // which the processor's own cache has room for
    private static final int MORE_BYTES = RECORD_BYTES + PacketOptions.MOST_BYTES;

    private final String name;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment block =
            arena.allocate(BLOCK_BYTES + LinkType.MAX_PACKET_BYTES + MORE_BYTES + LinkType.SPARE_BYTES, 64);
    private final ByteBuffer bytes = block.asByteBuffer();
    private final OutputFile file;
    private final WritableByteChannel channel; // the file, or what packs into it
    private boolean begun;
    private int filled;
    private long pendingPackets;
    private long pendingBytes;
    private boolean closed;

    CaptureWriter(String name, OutputFile file, WritableByteChannel channel) {
        this.name = name;
        this.file = file;
        this.channel = channel;
    }

    /**
     * Why a capture of this name cannot be written, for messages; empty when it can.
     *
     * @param name of the file
     */
    public static String refusal(String name) {
        return format(name).isEmpty() ? "its name does not end in " + ENDINGS : "";
    }

    /** The ending that says the format, empty for none. */
    private static String format(String name) {
        String plain = Packing.ofName(name)
                .map(packing ->
                        name.substring(0, name.length() - packing.ending().length()))
                .orElse(name);
        return plain.endsWith(".pcap") ? ".pcap" : plain.endsWith(".pcapng") ? ".pcapng" : "";
    }

    /** Whether a capture of this name is packed, and so of no use when it is cut. */
    public static boolean isPacked(String name) {
        return Packing.ofName(name).isPresent();
    }

    /**
     * Makes a file, or makes it empty; or takes the standard output.
     *
     * @param name one that is not refused, or {@link #STANDARD_OUTPUT}
     * @throws PortException when the system does not let it
     */
    @SuppressWarnings("resource") // the writer closes them
    public static CaptureWriter open(String name) {
        if (name.equals(STANDARD_OUTPUT)) {
            OutputFile output = OutputFile.standardOutput();
            return new PcapngWriter(name, output, output);
        }
        try {
            OutputFile file = OutputFile.open(Path.of(name));
            WritableByteChannel channel = file;
            Optional<Packing> packing = Packing.ofName(name);
            if (packing.isPresent()) {
                try {
                    channel = Channels.newChannel(packing.get().pack(Channels.newOutputStream(file)));
                } catch (IOException e) {
                    file.discard();
                    throw e;
                }
            }
            return format(name).equals(".pcap")
                    ? new PcapWriter(name, file, channel)
                    : new PcapngWriter(name, file, channel);
        } catch (IOException e) {
            throw new PortException(PortAddress.of(KIND, name), InputFile.reason(e), e);
        }
    }

    /** What is packed cannot be cut where a record ends, and goes. */
    private PortException failed(IOException e) {
        if (name.equals(STANDARD_OUTPUT)) {
            return new PortException("standard output", InputFile.reason(e), e);
        }
        if (channel != file) {
            file.discard();
        }
        return new PortException(PortAddress.of(KIND, name), InputFile.reason(e) + "; " + file.rest(), e);
    }

    /** Its name. */
    String name() {
        return name;
    }

    /** Describes an interface, unless it is described already. */
    abstract void describe(CaptureInterface from);

    /**
     * Number that records have for an interface that is described.
     *
     * @throws IllegalArgumentException with one line, when the format has no room for it
     */
    abstract int numberOf(CaptureInterface from, LinkType type);

    /** Bytes of a record before its packet. */
    abstract int headerBytes();

    /**
     * Writes what is around a packet, at most {@link #RECORD_BYTES}.
     *
     * @param record where it begins; the packet lies {@link #headerBytes} behind that
     * @param nanos since 1970
     * @return bytes of the record
     * @throws IllegalArgumentException with one line, when the format does not have such a time
     */
    abstract int enclose(MemorySegment memory, long record, int number, long nanos, int captured, long original);

    /**
     * Writes options behind a packet, where the format has any.
     *
     * @param bytes of the record without them
     * @param options of {@link PacketOptions}
     * @return bytes of the record with them
     */
    int withOptions(MemorySegment memory, long record, int bytes, byte[] options) {
        return bytes;
    }

    /** Memory of the block that is written next. */
    final MemorySegment block() {
        return block;
    }

    /**
     * Makes room in the block.
     *
     * @param more bytes, at most those of a record with the longest packet
     * @return where they go; {@link #filled} tells when they are there
     */
    final long room(int more) {
        if (filled + more > block.byteSize()) {
            flush();
        }
        return filled;
    }

    /** So many bytes more are in the block. */
    final void filled(int more) {
        filled += more;
        if (filled >= BLOCK_BYTES) {
            flush();
        }
    }

    /** A record is in the block, of a packet whose frame has so many bytes. */
    final void filled(int more, int frameBytes) {
        pendingPackets++;
        pendingBytes += frameBytes;
        filled(more);
    }

    /** Packets of records that are in the block, and not in the file. */
    final long pendingPackets() {
        return pendingPackets;
    }

    /** Bytes of their frames. */
    final long pendingBytes() {
        return pendingBytes;
    }

    /**
     * Adds a record that was made elsewhere.
     *
     * @param options that go with it, or null
     */
    final void add(MemorySegment memory, long at, int length, byte[] options) {
        long record = room(length + MORE_BYTES);
        MemorySegment.copy(memory, at, block, record, length);
        filled(options == null ? length : withOptions(block, record, length, options));
    }

    /** Writes the block. */
    private void flush() {
        try {
            bytes.position(0).limit(filled);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            begun |= filled > 0;
            filled = 0;
            pendingPackets = 0;
            pendingBytes = 0;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** What a capture without a packet has. */
    abstract void finish();

    /**
     * Writes what is left, and closes the file.
     *
     * @throws PortException when it could not be written as a whole
     */
    public final void finishAndClose() {
        finish();
        flush();
        closed = true;
        try {
            channel.close();
        } catch (IOException e) {
            throw failed(e);
        } finally {
            arena.close();
        }
    }

    /**
     * Closes the file, with those whole records that were written of it, unless it is closed; without any it is removed. Does not
     * throw.
     */
    @Override
    public final void close() {
        if (!closed) {
            closed = true;
            try {
                if (!begun) {
                    file.discard();
                }
                channel.close();
            } catch (IOException e) {
                // Something else has failed before.
            } finally {
                arena.close();
            }
        }
    }
}
