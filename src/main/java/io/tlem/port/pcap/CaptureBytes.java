package io.tlem.port.pcap;

import io.tlem.os.SystemMemory;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The bytes of a capture, unpacked if need be, of which a block lies in memory at a time. Parts of it are read as a whole,
 * so that what is done with them does not depend on how a pipe hands them over. Used by one thread.
 */
final class CaptureBytes implements AutoCloseable {
    /** What lies in memory at a time. */
    static final int BLOCK_BYTES = 4 << 20;

    /** So much is read at a time, if it suffices: what is parsed then lies in the processor's own cache. */
    private static final int PART_BYTES = 1 << 18;

    /** The name of the standard input. */
    static final String STANDARD_INPUT = "-";

    private final MemorySegment memory;
    private final ByteBuffer block;
    private final FileChannel file;
    private ReadableByteChannel unpacked; // the file itself where nothing is packed
    private final long fileBytes; // 0 for what is no file
    private long passed; // bytes of the capture before those in memory
    private int end;
    private boolean ended;
    private String damage = "";

    /**
     * Opens a capture.
     *
     * @param arena owns the memory
     * @param moreBytes that the memory has behind the block, for whoever needs them
     * @throws IOException with a reason for people
     */
    CaptureBytes(String name, Arena arena, long moreBytes) throws IOException {
        memory = SystemMemory.allocate(arena, BLOCK_BYTES + moreBytes, SystemMemory.HugePages.NEVER)
                .segment();
        block = memory.asSlice(0, BLOCK_BYTES).asByteBuffer();
        boolean standard = name.equals(STANDARD_INPUT);
        file = standard
                ? new FileInputStream(FileDescriptor.in).getChannel()
                : FileChannel.open(Path.of(name), StandardOpenOption.READ);
        try {
            fileBytes = standard ? 0 : file.size();
            begin();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void begin() throws IOException {
        passed = 0;
        ended = false;
        damage = "";
        block.clear().limit(Integer.BYTES);
        boolean any = fill(file) == Integer.BYTES;
        Optional<Packing> packing = any ? Packing.ofStart(FileNumbers.intAt(memory, 0, false)) : Optional.empty();
        unpacked = packing.isPresent() ? unpacked(packing.get()) : file;
        block.limit(PART_BYTES);
        end = fill(unpacked);
    }

    /** Begins from the start; not the standard input. */
    void rewind() throws IOException {
        closeUnpacked();
        file.position(0);
        begin();
    }

    private ReadableByteChannel unpacked(Packing packing) throws IOException {
        byte[] start = memory.asSlice(0, Integer.BYTES).toArray(ValueLayout.JAVA_BYTE);
        block.position(0);
        InputStream rest = new FilterInputStream(Channels.newInputStream(file)) {
            @Override
            public void close() {
                // At its end; the file stays open.
            }
        };
        InputStream all = new SequenceInputStream(new ByteArrayInputStream(start), rest);
        return Channels.newChannel(packing.unpack(all));
    }

    /** Reads until the part is full or nothing more comes; returns where what is there ends. */
    private int fill(ReadableByteChannel from) throws IOException {
        try {
            while (block.hasRemaining()) {
                if (from.read(block) < 0) {
                    ended = true;
                    break;
                }
            }
        } catch (IOException e) {
            if (!Packing.isDamage(e)) {
                throw e;
            }
            ended = true;
            damage = "cannot be unpacked any further: " + e.getMessage();
        }
        return block.position();
    }

    /** Block, and what was asked for behind it. */
    MemorySegment memory() {
        return memory;
    }

    /** Where what is there of the block ends. */
    int end() {
        return end;
    }

    /**
     * Reads more.
     *
     * @param kept where begins what is still needed; it lies at 0 afterwards
     * @return false when nothing more comes, or everything is still needed: then nothing has moved
     */
    boolean more(int kept) throws IOException {
        if (ended || (kept == 0 && end == BLOCK_BYTES)) {
            return false;
        }
        MemorySegment.copy(memory, kept, memory, 0, end - kept);
        passed += kept;
        block.limit(Math.min(end - kept + PART_BYTES, BLOCK_BYTES)).position(end - kept);
        end = fill(unpacked);
        return true;
    }

    /** Whether nothing is behind what is there. */
    boolean ended() {
        return ended;
    }

    /** Why nothing more comes although there is more, or nothing. */
    String damage() {
        return damage;
    }

    /** Place in the unpacked capture of what lies somewhere in the block. */
    long position(long at) {
        return passed + at;
    }

    /** How much of it was read, 0 to 1; negative where that is not known. */
    double share() throws IOException {
        return fileBytes == 0 ? -1 : Math.min(1, (double) file.position() / fileBytes);
    }

    /** Gives back what unpacks. */
    private void closeUnpacked() throws IOException {
        if (unpacked != null && !unpacked.equals(file)) {
            unpacked.close();
        }
        unpacked = file;
    }

    @Override
    public void close() throws IOException {
        try {
            closeUnpacked();
        } finally {
            file.close();
        }
    }
}
