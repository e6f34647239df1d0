package io.tlem.port.pcap;

import io.tlem.text.InputFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Looks through a capture for notes among its packets, which are entries of systemd's journal. */
public final class CaptureScan {
    /** Is told what there is, in the order of the file. */
    public interface Visitor {
        /**
         * All bytes of the file, one after the other, those of each note up to its text, and before the note is told.
         *
         * @param from where they lie in the memory
         */
        default void bytes(MemorySegment memory, long from, long to) {}

        /**
         * An interface.
         *
         * @return whether to go on
         */
        default boolean describes(CaptureInterface from) {
            return true;
        }

        /**
         * A note.
         *
         * @param text with the zeros behind it that fill its block
         * @param offset of it in the file, unpacked
         * @return whether to go on
         */
        boolean note(String text, long offset);

        /**
         * A packet.
         *
         * @param from number of its interface
         * @param identification of it, -1 where it has none
         * @param nanos when it was captured, since 1970
         * @return whether to go on
         */
        boolean packet(int from, long identification, long nanos);
    }

    private CaptureScan() {}

    /**
     * Looks through a file, unless it is none of the disk's or no pcapng: then there is nothing in it.
     *
     * @return where it could not be read any further, if it could not
     * @throws IllegalArgumentException with one line, when the system cannot read it
     */
    public static Optional<CaptureReader.Damage> of(String name, Visitor visitor) {
        if (name.equals(CaptureBytes.STANDARD_INPUT) || !Files.isRegularFile(Path.of(name))) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined();
                CaptureBytes bytes = new CaptureBytes(name, arena, Long.BYTES)) {
            return scan(bytes, visitor);
        } catch (IOException e) {
            throw new IllegalArgumentException(name + ": " + InputFile.reason(e), e);
        }
    }

    private static Optional<CaptureReader.Damage> scan(CaptureBytes bytes, Visitor visitor) throws IOException {
        MemorySegment memory = bytes.memory();
        if (bytes.end() < PcapngParser.LEAST_BLOCK_BYTES
                || FileNumbers.intAt(memory, 0, false) != PcapngParser.SECTION) {
            return Optional.empty();
        }
        PcapngParser parser = new PcapngParser(true);
        int at = 0;
        long skipping = 0;
        int told = 0; // up to where the visitor has seen the bytes
        int described = 0; // interfaces
        while (true) {
            try {
                int used = skipping > 0
                        ? (int) Math.min(skipping, bytes.end() - at)
                        : parser.next(memory, at, bytes.end());
                if (used > 0) {
                    boolean whole = skipping == 0;
                    if (whole && parser.isNote) {
                        visitor.bytes(memory, told, parser.data);
                        told = at + used;
                    }
                    boolean isWanted = !whole || isWanted(parser, bytes, at, visitor);
                    while (isWanted && described < parser.interfaces.size()) {
                        isWanted = visitor.describes(parser.interfaces.get(described++));
                    }
                    if (!isWanted) {
                        return Optional.empty();
                    }
                    skipping = whole ? parser.skipped : skipping - used;
                    at += used;
                } else {
                    visitor.bytes(memory, told, at);
                    told = at;
                    if (!bytes.more(at)) {
                        return end(bytes, at, skipping);
                    }
                    at = 0;
                    told = 0;
                }
            } catch (CaptureDamage e) {
                return Optional.of(new CaptureReader.Damage(bytes.position(at), e.getMessage()));
            }
        }
    }

    private static Optional<CaptureReader.Damage> end(CaptureBytes bytes, int at, long skipping) {
        if (!bytes.damage().isEmpty()) {
            return Optional.of(new CaptureReader.Damage(bytes.position(bytes.end()), bytes.damage()));
        }
        return at < bytes.end() || skipping > 0
                ? Optional.of(new CaptureReader.Damage(bytes.position(at), "ends within a packet or block"))
                : Optional.empty();
    }

    /** Tells of the piece that was parsed last; returns whether to go on. */
    private static boolean isWanted(PcapngParser parser, CaptureBytes bytes, int at, Visitor visitor) {
        if (parser.isPacket) {
            return visitor.packet(parser.interfaceNumber, parser.number, parser.nanos);
        }
        if (parser.isNote) {
            byte[] text = bytes.memory().asSlice(parser.data, parser.captured).toArray(ValueLayout.JAVA_BYTE);
            return visitor.note(new String(text, StandardCharsets.UTF_8), bytes.position(at));
        }
        return true;
    }
}
