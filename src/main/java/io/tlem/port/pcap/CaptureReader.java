package io.tlem.port.pcap;

import io.tlem.text.InputFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads a capture, some packets at a time, in the order of their times: a packet with an earlier time than one before it
 * gets its place when it comes at most {@link #WINDOW} packets late, else the time of the packet that it follows. Its packets
 * stay in the memory where they were read, until the next are loaded. Used by one thread.
 */
public final class CaptureReader implements AutoCloseable {
    /** So many packets are looked at ahead of one, or as many as lie in memory. */
    static final int WINDOW = 256;

    /** Most packets that {@link #load} can load. */
    static final int MOST = 8192;

    /** Longer packets are no frames that a network card sends: see {@link #oversized}. */
    public static final int LONGEST_SENT_BYTES = 9216;

    /** See {@link #kind}. */
    static final int PLAIN = 2;

    private static final int SLOTS = 2 * MOST; // a power of two
    private static final int MASK = SLOTS - 1;
    private static final int LEAST_READ_BYTES = 64; // at each packet, whatever its length

    /** Tells the direction of packets. */
    public interface Splitter {
        /**
         * Which of the directions, 0 or 1, a packet of an interface takes.
         *
         * @param captured bytes of it that are there
         * @param original bytes that it had
         */
        int direction(
                CaptureInterface from, LinkType type, MemorySegment memory, long packet, int captured, long original);

        /**
         * Whether it can know that direction: not of a packet without an address of the kind by which it tells. Such a packet has
         * direction 1.
         *
         * @param captured bytes of it that are there
         */
        default boolean knows(LinkType type, MemorySegment memory, long packet, int captured) {
            return true;
        }
    }

    /**
     * Where a capture cannot be read any further.
     *
     * @param offset in it, in bytes, of what is wrong
     * @param reason for people: the rest of a sentence that begins with that place
     */
    public record Damage(long offset, String reason) {}

    private static final int ALL = -1;

    private final String name;
    private final Splitter splitter; // null where all packets are of one direction
    private final byte constant; // that direction
    private final int only; // interface whose packets are read
    private final Arena arena = Arena.ofShared();
    private final CaptureBytes bytes;
    private CaptureParser parser;
    private int at; // in memory, of what is not parsed yet
    private boolean complete; // nothing more comes
    private long pieceStart; // in the capture, of the last piece
    private long skipping; // bytes of it that are still to be passed over
    private Damage damage; // null where there is none

    // Packets that were read, in the order of their times, from head on; those before ready may be handed out.
    private long head;
    private long ready;
    private long tail;
    private final long[] nanos = new long[SLOTS];
    private final int[] data = new int[SLOTS];
    private final int[] captured = new int[SLOTS];
    private final int[] original = new int[SLOTS]; // without a sign
    private final int[] from = new int[SLOTS]; // the interface
    private final byte[] kind = new byte[SLOTS]; // the direction, and whether it is plain
    private byte[][] options; // null as long as no packet has any

    private LinkType[] types = {}; // of the interfaces, null where it is not known yet
    private long lastNanos = Long.MIN_VALUE; // handed out
    private long previousNanos; // parsed
    private long sorted;
    private long clamped;
    private long oversized;
    private long longest;

    /**
     * Opens a capture.
     *
     * @param name of a file, or - for the standard input
     * @throws IllegalArgumentException with one line, when it cannot be read or is no capture
     */
    public CaptureReader(String name, Splitter splitter) {
        this(name, splitter, 0, ALL);
    }

    /**
     * Opens a capture whose packets are all of one direction.
     *
     * @throws IllegalArgumentException as of the other
     */
    public static CaptureReader of(String name, int direction) {
        return new CaptureReader(name, null, direction, ALL);
    }

    /**
     * Opens a capture of which the packets of one interface are read, all as of one direction.
     *
     * @param only number of the interface
     * @throws IllegalArgumentException as of the other
     */
    public static CaptureReader ofInterface(String name, int only, int direction) {
        return new CaptureReader(name, null, direction, only);
    }

    private CaptureReader(String name, Splitter splitter, int constant, int only) {
        this.name = name;
        this.splitter = splitter;
        this.constant = (byte) constant;
        this.only = only;
        try {
            if (!name.equals(CaptureBytes.STANDARD_INPUT) && Files.isDirectory(Path.of(name))) {
                throw new IOException("is a folder, not a file");
            }
            bytes = new CaptureBytes(name, arena, LEAST_READ_BYTES + 2L * Frames.SCRATCH_BYTES);
        } catch (IOException e) {
            arena.close();
            throw new IllegalArgumentException(label() + ": " + InputFile.reason(e), e);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
        try {
            parser = parser();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private CaptureParser parser() {
        int start = bytes.end() < Integer.BYTES ? 0 : FileNumbers.intAt(memory(), 0, false);
        if (start == PcapngParser.SECTION && bytes.end() >= PcapngParser.LEAST_BLOCK_BYTES) {
            return new PcapngParser(false);
        }
        if (PcapParser.begins(start) && bytes.end() >= PcapParser.HEADER_BYTES) {
            at = PcapParser.HEADER_BYTES;
            return new PcapParser(memory());
        }
        throw new IllegalArgumentException(label()
                + (bytes.end() == 0 ? ": is empty" : ": is no capture in the format pcap or pcapng")
                + (bytes.damage().isEmpty() ? "" : "; it " + bytes.damage()));
    }

    /** What it has loaded is gone, and it begins from the start; not the standard input. */
    void rewind() throws IOException {
        bytes.rewind();
        head = tail;
        ready = tail;
        at = 0;
        skipping = 0;
        complete = false;
        damage = null;
        types = new LinkType[0];
        lastNanos = Long.MIN_VALUE;
        previousNanos = 0;
        parser = parser();
    }

    /** What messages call it. */
    public String label() {
        return name.equals(CaptureBytes.STANDARD_INPUT) ? "standard input" : name;
    }

    /** Where packets lie. */
    public MemorySegment memory() {
        return bytes.memory();
    }

    /** Where the memory begins that belongs to whoever reads a direction's packets. */
    static long scratch(int direction) {
        return CaptureBytes.BLOCK_BYTES + LEAST_READ_BYTES + (long) direction * Frames.SCRATCH_BYTES;
    }

    /**
     * Gives back the packets that were loaded before, all of which have been handed out, and loads more.
     *
     * @param most 1 to {@link #MOST}
     * @return time of the last packet that is loaded, ns since 1970; {@link Long#MAX_VALUE} when there is none any more
     * @throws IllegalArgumentException with one line, when there is a packet of a link type that is not known
     * @throws IOException when the system cannot read it
     */
    public long load(int most) throws IOException {
        head = ready;
        boolean room = true;
        while (room && !complete && tail - head < Math.min(most + WINDOW, SLOTS)) {
            room = parse();
        }
        long loaded = complete || !room ? tail : tail - WINDOW;
        ready = Math.min(head + most, loaded);
        clamp();
        return ready == head ? Long.MAX_VALUE : lastNanos;
    }

    /** Reads one piece; false when there is no room to read more. */
    private boolean parse() throws IOException {
        if (skipping > 0) {
            int there = (int) Math.min(skipping, bytes.end() - at);
            at += there;
            skipping -= there;
            return there > 0 || readMore();
        }
        try {
            int used = parser.next(memory(), at, bytes.end());
            if (used == CaptureParser.MORE) {
                return readMore();
            }
            if (parser.skipped > 0) {
                pieceStart = bytes.position(at);
                skipping = parser.skipped;
            }
            if (parser.isPacket) {
                add();
            }
            at += used;
        } catch (CaptureDamage e) {
            damaged(bytes.position(at), e.getMessage());
        }
        return true;
    }

    private boolean readMore() throws IOException {
        int kept = at;
        for (long i = head; i < tail; i++) {
            kept = Math.min(kept, data[(int) i & MASK]);
        }
        if (bytes.more(kept)) {
            at -= kept;
            for (long i = head; i < tail; i++) {
                data[(int) i & MASK] -= kept;
            }
            return true;
        }
        if (!bytes.ended()) {
            return false;
        }
        complete = true;
        if (!bytes.damage().isEmpty()) {
            damaged(bytes.position(bytes.end()), bytes.damage());
        } else if (skipping > 0) {
            damaged(pieceStart, "ends within a block");
        } else if (at < bytes.end()) {
            damaged(bytes.position(at), "ends within a packet or block");
        }
        return true;
    }

    private void damaged(long offset, String reason) {
        damage = new Damage(offset, reason);
        complete = true;
    }

    private void add() {
        int number = parser.interfaceNumber;
        if (only != ALL && number != only) {
            return;
        }
        LinkType type = number < types.length && types[number] != null ? types[number] : type(number);
        long time = parser.hasTime ? parser.nanos : previousNanos;
        previousNanos = time;
        long place = tail;
        while (place > head && nanos[(int) (place - 1) & MASK] > time) {
            move((int) (place - 1) & MASK, (int) place & MASK);
            place--;
        }
        sorted += place < tail ? 1 : 0;
        oversized += parser.original > LONGEST_SENT_BYTES ? 1 : 0;
        longest = Math.max(longest, parser.original);
        tail++;
        int slot = (int) place & MASK;
        nanos[slot] = time;
        data[slot] = (int) parser.data;
        captured[slot] = parser.captured;
        original[slot] = (int) parser.original;
        from[slot] = number;
        if (parser.options != null || options != null) {
            setOptions(slot, parser.options);
        }
        int direction = splitter == null
                ? constant
                : splitter.direction(
                        parser.interfaces.get(number), type, memory(), parser.data, parser.captured, parser.original);
        boolean plain = type == LinkType.ETHERNET
                && number == 0
                && parser.captured == parser.original
                && parser.options == null;
        kind[slot] = (byte) (plain ? direction | PLAIN : direction);
    }

    private void setOptions(int slot, byte[] its) {
        if (options == null) {
            options = new byte[SLOTS][];
        }
        options[slot] = its;
    }

    private void move(int slot, int to) {
        nanos[to] = nanos[slot];
        data[to] = data[slot];
        captured[to] = captured[slot];
        original[to] = original[slot];
        from[to] = from[slot];
        kind[to] = kind[slot];
        if (options != null) {
            options[to] = options[slot];
        }
    }

    private LinkType type(int number) {
        if (number >= types.length) {
            types = Arrays.copyOf(types, Math.max(number + 1, 2 * types.length));
        }
        if (types[number] == null) {
            CaptureInterface its = parser.interfaces.get(number);
            types[number] = its.type()
                    .orElseThrow(() -> new IllegalArgumentException(
                            label() + ": has packets of the link type " + its.linkNumber() + "; possible are "
                                    + Stream.of(LinkType.values())
                                            .map(type -> type.number() + " (" + type.label() + ")")
                                            .collect(Collectors.joining(", "))));
        }
        return types[number];
    }

    /** No packet that is ready has an earlier time than the one before it. */
    private void clamp() {
        long last = lastNanos;
        for (long i = head; i < ready; i++) {
            int slot = (int) i & MASK;
            if (nanos[slot] < last) {
                nanos[slot] = last;
                clamped++;
            }
            last = nanos[slot];
        }
        lastNanos = last;
    }

    /** Number of the first packet that is loaded, among all of the capture, in the order of their times. */
    public long first() {
        return head;
    }

    /** Behind the last packet that is loaded. */
    public long end() {
        return ready;
    }

    /** When the last packet that was loaded was captured, ns since 1970: none behind it has an earlier time. */
    long lastNanos() {
        return lastNanos;
    }

    /** Whether nothing is behind what is loaded. */
    boolean isLast() {
        return complete && ready == tail;
    }

    /** When a packet was captured, ns since 1970. */
    public long nanos(long packet) {
        return nanos[(int) packet & MASK];
    }

    /** Where it lies in the memory. */
    public int data(long packet) {
        return data[(int) packet & MASK];
    }

    /** Bytes of it that are there. */
    public int captured(long packet) {
        return captured[(int) packet & MASK];
    }

    /** Bytes that it had, as the capture says. */
    public long original(long packet) {
        return Integer.toUnsignedLong(original[(int) packet & MASK]);
    }

    /** Number of the interface that has seen it. */
    int interfaceOf(long packet) {
        return from[(int) packet & MASK];
    }

    /** What goes with it through a link of its options, or null; see {@link PacketOptions}. */
    byte[] options(long packet) {
        return options == null ? null : options[(int) packet & MASK];
    }

    /** What it begins with. */
    public LinkType typeOf(long packet) {
        return types[from[(int) packet & MASK]];
    }

    /** 0 or 1. */
    public int direction(long packet) {
        return kind[(int) packet & MASK] & ~PLAIN;
    }

    /**
     * The direction of a packet, together with {@link #PLAIN} where all that is to be known of it are its bytes: a whole
     * Ethernet frame of the first interface, without options.
     */
    int kind(long packet) {
        return kind[(int) packet & MASK];
    }

    /** The interfaces that it has described so far. */
    public List<CaptureInterface> interfaces() {
        return Collections.unmodifiableList(parser.interfaces);
    }

    /** Where it could not be read any further, once it could not. */
    public Optional<Damage> damage() {
        return Optional.ofNullable(damage);
    }

    /** Packets so far that had earlier times than ones before them. */
    public long sorted() {
        return sorted;
    }

    /** Of those, packets that came too late for their times, and have the time of the packet before them. */
    public long clamped() {
        return clamped;
    }

    /**
     * Packets so far that are longer than {@link #LONGEST_SENT_BYTES}, as the capture says: they were captured before they were
     * cut into packets of the network, or after such were put together.
     */
    public long oversized() {
        return oversized;
    }

    /** Bytes of the longest packet so far, as the capture says. */
    public long longest() {
        return longest;
    }

    /** How much of it was read, 0 to 1; negative where that is not known. */
    public double share() throws IOException {
        return bytes.share();
    }

    /** Does not throw. */
    @Override
    public void close() {
        try {
            bytes.close();
        } catch (IOException e) {
            // Nothing was written to it.
        } finally {
            arena.close();
        }
    }
}
