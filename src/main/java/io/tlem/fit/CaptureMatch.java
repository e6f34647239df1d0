package io.tlem.fit;

import io.tlem.port.pcap.CaptureReader;
import io.tlem.port.pcap.LinkType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * Finds the packets of one capture in another. Both are read once, side by side: of the first capture {@link #WINDOW} packets are
 * remembered, half of them ahead of the one that was found last, so that memory does not depend on the captures' size. Packets
 * that are the same are matched in their order. Used by one thread.
 */
public final class CaptureMatch {
    /** Packets of the first capture that are remembered; as far may packets be overtaken, one half of it. A power of two. */
    static final int WINDOW = 1 << 20;

    private static final int MASK = WINDOW - 1;
    private static final int HALF = WINDOW / 2;
    private static final int BUCKETS = 2 * WINDOW;
    private static final int MOST_LOOKED_AT = 64; // of packets with the same content
    private static final int BLOCK = 4096;
    private static final int NONE = -1;
    private static final int LONGER_BYTES = 200; // than a tunnel makes them

    private final String before;
    private final String after;
    private final int most;
    private final CaptureReader.Splitter splitter; // of the first capture
    private final CaptureReader.Splitter others; // of the second
    private final DoubleConsumer progress;
    private final PacketDigest digest = new PacketDigest();

    // Of the packets that are remembered, by their numbers.
    private final long[] content = new long[WINDOW];
    private final long[] whole = new long[WINDOW];
    private final int[] behind = new int[WINDOW]; // number of the next one in the bucket
    private final int[] heads = new int[BUCKETS];
    private final int[] tails = new int[BUCKETS];
    private final int[] matched = new int[BUCKETS]; // the last one of the bucket that was found

    // Of all packets of the first capture that were read.
    private long[] in = new long[BLOCK];
    private long[] out = new long[BLOCK];
    private long[] again = new long[BLOCK];
    private int[] bytes = new int[BLOCK];
    private int count;
    private int forgotten; // packets before this are remembered no more
    private int first = NONE; // that was found
    private int last = NONE;

    private long translated;
    private long ambiguous;
    private long alone; // in the second capture
    private long aloneUpToLast; // that was found
    private String wrongLengths = "";
    private long found;
    private final List<String> remarks = new ArrayList<>();

    /**
     * What was found.
     *
     * @param passage the packets from the first that was found to the last
     * @param remarks what about the captures is not as one would expect
     */
    record Result(Passage passage, List<String> remarks) {}

    private CaptureMatch(
            String before,
            String after,
            int most,
            CaptureReader.Splitter splitter,
            CaptureReader.Splitter others,
            DoubleConsumer progress) {
        this.before = before;
        this.after = after;
        this.most = most;
        this.splitter = splitter;
        this.others = others;
        this.progress = progress;
        forget();
    }

    /**
     * Matches two captures.
     *
     * @param most packets of the first that are looked at
     * @param splitter tells which packets of the first are looked at: those of direction 0
     * @throws IllegalArgumentException with one line, when one cannot be read or they have too little in common
     */
    static Result of(String before, String after, int most, CaptureReader.Splitter splitter) throws IOException {
        return of(before, after, most, splitter, (from, type, memory, packet, captured, original) -> 0, share -> {});
    }

    /**
     * As the other.
     *
     * @param others tells the same of the second
     * @param progress told now and then how much has been looked at, 0 to 1, or a negative number where that is not known
     */
    static Result of(
            String before,
            String after,
            int most,
            CaptureReader.Splitter splitter,
            CaptureReader.Splitter others,
            DoubleConsumer progress)
            throws IOException {
        CaptureMatch match = new CaptureMatch(before, after, most, splitter, others, progress);
        match.run();
        return match.result();
    }

    private void forget() {
        Arrays.fill(heads, NONE);
        Arrays.fill(tails, NONE);
        Arrays.fill(matched, NONE);
    }

    private void run() throws IOException {
        try (CaptureReader reader = new CaptureReader(before, splitter)) {
            Feed entering = new Feed(reader);
            while (true) {
                fill(entering, Math.min(most, count + HALF));
                if (count == 0) {
                    throw new IllegalArgumentException(before + ": has no packet"
                            + (entering.passedOver ? " of --client or --client-filter" : ""));
                }
                try (CaptureReader other = new CaptureReader(after, others)) {
                    Feed leaving = new Feed(other);
                    look(entering, leaving);
                    if (found > 0 || entering.ended || count >= most) {
                        remark(reader);
                        remark(other);
                        lengths(reader, other);
                        return;
                    }
                }
                // The second capture began later: the first one is looked through from a later packet on.
                count = 0;
                forgotten = 0;
                alone = 0;
                aloneUpToLast = 0;
                forget();
            }
        }
    }

    private void remark(CaptureReader reader) {
        reader.damage()
                .ifPresent(damage -> remarks.add(reader.label() + " is damaged: at byte " + damage.offset() + " it "
                        + damage.reason() + "; what comes before was used"));
        if (reader.sorted() > 0) {
            remarks.add(reader.label() + ": times of " + reader.sorted() + " packets go backwards; they were sorted");
        }
    }

    /** Packets that were captured as others than those of the network are not found, and that has to be known. */
    private void lengths(CaptureReader reader, CaptureReader other) {
        boolean merged = other.longest() > reader.longest() + LONGER_BYTES;
        boolean cut = reader.longest() > other.longest() + LONGER_BYTES
                && reader.longest() > CaptureReader.LONGEST_SENT_BYTES;
        if (merged || cut) {
            wrongLengths = (merged ? other : reader).label() + " has packets of up to "
                    + Math.max(reader.longest(), other.longest()) + " bytes, the other capture none of more than "
                    + Math.min(reader.longest(), other.longest())
                    + ": such are captured before they are cut, or after they were put together (TSO, GSO, GRO), and are not found"
                    + " in the other; before capturing: ethtool -K INTERFACE tso off gso off gro off";
            remarks.add(wrongLengths);
        }
    }

    /** A capture, packet by packet. */
    private static final class Feed {
        private final CaptureReader reader;
        private long next;
        private boolean ended;
        private boolean passedOver;

        Feed(CaptureReader reader) {
            this.reader = reader;
        }

        /** Goes to the next packet of direction 0; returns its number, or a negative one when there is none any more. */
        long next() throws IOException {
            while (!ended) {
                if (next >= reader.end()) {
                    ended = reader.load(BLOCK) == Long.MAX_VALUE;
                    next = reader.first();
                } else if (reader.direction(next++) == 0) {
                    return next - 1;
                } else {
                    passedOver = true;
                }
            }
            return NONE;
        }

        void digest(PacketDigest digest, long packet) {
            MemorySegment memory = reader.memory();
            digest.of(memory, reader.typeOf(packet), reader.data(packet), reader.captured(packet));
        }
    }

    /** Reads the first capture until so many packets of it were read. */
    private void fill(Feed entering, int until) throws IOException {
        while (count < until) {
            long packet = entering.next();
            if (packet < 0) {
                return;
            }
            if (count == in.length) {
                int length = Math.min(most, 2 * count);
                in = Arrays.copyOf(in, length);
                out = Arrays.copyOf(out, length);
                again = Arrays.copyOf(again, length);
                bytes = Arrays.copyOf(bytes, length);
            }
            if (count - forgotten == WINDOW) {
                forgetOldest();
            }
            entering.digest(digest, packet);
            CaptureReader reader = entering.reader;
            LinkType type = reader.typeOf(packet);
            in[count] = reader.nanos(packet);
            bytes[count] = type.frameBytes((int) Math.min(LinkType.MAX_PACKET_BYTES, reader.original(packet)));
            out[count] = Passage.LOST;
            again[count] = Passage.LOST;
            content[count & MASK] = digest.content;
            whole[count & MASK] = digest.whole;
            append(count);
            count++;
        }
    }

    private static int bucket(long content) {
        return (int) content & BUCKETS - 1;
    }

    private void append(int packet) {
        int bucket = bucket(content[packet & MASK]);
        behind[packet & MASK] = NONE;
        if (heads[bucket] == NONE) {
            heads[bucket] = packet;
        } else {
            behind[tails[bucket] & MASK] = packet;
        }
        tails[bucket] = packet;
    }

    /** Of those that were not found the oldest is the first of its bucket. */
    private void forgetOldest() {
        int bucket = bucket(content[forgotten & MASK]);
        if (heads[bucket] == forgotten) {
            heads[bucket] = behind[forgotten & MASK];
        }
        if (matched[bucket] == forgotten) {
            matched[bucket] = NONE;
        }
        forgotten++;
    }

    private void look(Feed entering, Feed leaving) throws IOException {
        long missed = 0;
        long looked = 0;
        for (long packet = leaving.next(); packet >= 0 && missed < HALF; packet = leaving.next()) {
            if ((++looked & BLOCK - 1) == 0) {
                double share = leaving.reader.share();
                progress.accept(share < 0 ? share : Math.max(share, (double) last / most));
            }
            leaving.digest(digest, packet);
            long nanos = leaving.reader.nanos(packet);
            int found = take();
            if (found >= 0) {
                missed = 0;
                this.found++;
                out[found] = nanos;
                first = first == NONE ? found : Math.min(first, found);
                last = Math.max(last, found);
                aloneUpToLast = alone;
                fill(entering, (int) Math.min(most, (long) found + HALF));
            } else if (found == NONE) {
                missed++;
                alone++;
            } else {
                again[-2 - found] = nanos;
            }
        }
    }

    /** The packet that has the digest and was not found yet; -2 - its number for one that was; or {@link #NONE}. */
    private int take() {
        int bucket = bucket(digest.content);
        int found = NONE;
        int foundBehind = NONE;
        int same = 0;
        boolean isWhole = false;
        int previous = NONE;
        int looked = 0;
        for (int packet = heads[bucket]; packet != NONE && looked < MOST_LOOKED_AT; packet = behind[packet & MASK]) {
            int slot = packet & MASK;
            if (content[slot] == digest.content) {
                boolean equal = whole[slot] == digest.whole;
                if (found == NONE || (equal && !isWhole)) {
                    found = packet;
                    foundBehind = previous;
                    isWhole = equal;
                    same = 0;
                }
                same += equal == isWhole ? 1 : 0;
            }
            previous = packet;
            looked++;
        }
        int copy = matched[bucket];
        boolean seen = copy != NONE && content[copy & MASK] == digest.content;
        if (seen && !isWhole && (found == NONE || whole[copy & MASK] == digest.whole)) {
            return -2 - copy;
        }
        if (found != NONE) {
            unlink(bucket, found, foundBehind);
            matched[bucket] = found;
            translated += isWhole ? 0 : 1;
            ambiguous += same > 1 ? 1 : 0;
        }
        return found;
    }

    private void unlink(int bucket, int packet, int previous) {
        int next = behind[packet & MASK];
        if (previous == NONE) {
            heads[bucket] = next;
        } else {
            behind[previous & MASK] = next;
        }
        if (tails[bucket] == packet) {
            tails[bucket] = previous;
        }
    }

    private Result result() {
        if (found == 0) {
            throw new IllegalArgumentException(before + " and " + after + " have no packet in common"
                    + (wrongLengths.isEmpty() ? "" : "; " + wrongLengths));
        }
        if (first == last) {
            throw new IllegalArgumentException(
                    before + " and " + after + " have one packet in common, of which no link can be found");
        }
        if (first > 0 || last < count - 1) {
            remarks.add("of " + before + " " + first + " packets before the first that got through and "
                    + (count - 1 - last) + " behind the last are left out: " + after
                    + " may have begun later, or ended earlier");
        }
        if (count >= most) {
            remarks.add("the first " + most + " packets of " + before + " were looked at (--packets)");
        }
        long others = count >= most ? aloneUpToLast : alone; // what is behind may be of packets that were not looked at
        if (others > 0) {
            remarks.add(others + " packets are in " + after + " alone");
        }
        if (translated > 0) {
            remarks.add("addresses, ports or identifications of " + translated + " packets were changed on the way");
        }
        if (ambiguous > 0) {
            remarks.add(ambiguous
                    + " packets were the same as others under way, and were matched in their order: where such"
                    + " ones are lost, which of them is not known");
        }
        return new Result(
                Passage.of(
                        Arrays.copyOfRange(in, first, last + 1),
                        Arrays.copyOfRange(out, first, last + 1),
                        Arrays.copyOfRange(bytes, first, last + 1),
                        Arrays.copyOfRange(again, first, last + 1)),
                List.copyOf(remarks));
    }
}
