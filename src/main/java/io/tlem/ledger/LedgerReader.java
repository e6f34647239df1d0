package io.tlem.ledger;

import io.tlem.text.Shown;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/** Reads {@link BinaryFormat}, row by row. What is damaged ends it, and is said. Used by one thread. */
public final class LedgerReader implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int MOST_WORDS = 256;
    private static final int MOST_TEXT = 4096;
    private static final Row.Fate[] FATES = Row.Fate.values();
    private static final Pattern PLACE = Pattern.compile("([0-9]{1,18})[.]([0-9]{1,9})");

    private static final String NO_PLACE = " is no place in this ledger where a page has ended";

    private final DataInputStream in;
    private final long fileBytes; // when it was opened
    private final Row row = new Row();
    private final long every;
    private final long originNanos;
    private final long seed;
    private final List<Integer> reasons = new ArrayList<>(); // of this program, by the file's
    private final List<byte[]> flows = new ArrayList<>();
    private final long[] lastNumber = new long[2];
    private final long[] lastArrival = new long[2];
    private byte[] body = new byte[0]; // of the block, and longer
    private ByteBuffer block = ByteBuffer.allocate(0);
    private long left; // rows of the block
    private long read; // bytes of the file's blocks
    private long blockStart; // how much of that is before the block
    private long taken; // rows of the block
    private boolean unfinished;
    private String damage = "";
    private Optional<long[]> end = Optional.empty();
    private long fromNanos = Long.MIN_VALUE;
    private long untilNanos = Long.MAX_VALUE;
    private DoubleConsumer progress = share -> {};

    /**
     * Opens a file.
     *
     * @throws IOException when it cannot be read
     * @throws IllegalArgumentException with one line, when it is no ledger
     */
    public LedgerReader(Path file) throws IOException {
        this(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES), Files.size(file));
    }

    LedgerReader(InputStream from) throws IOException {
        this(from, 0);
    }

    private LedgerReader(InputStream from, long fileBytes) throws IOException {
        this.fileBytes = fileBytes;
        in = new DataInputStream(from);
        try {
            byte[] magic = in.readNBytes(BinaryFormat.MAGIC.length());
            if (!new String(magic, StandardCharsets.ISO_8859_1).equals(BinaryFormat.MAGIC)) {
                throw new IllegalArgumentException("is not a ledger in the binary format");
            }
            long version = header();
            if (version != BinaryFormat.VERSION) {
                throw new IllegalArgumentException("is a ledger of version " + version
                        + ", and this program reads version " + BinaryFormat.VERSION);
            }
            every = header();
            originNanos = BinaryFormat.unzigzag(header());
            seed = BinaryFormat.unzigzag(header());
            List<String> known = BinaryFormat.reasons();
            long words = header();
            for (long i = 0; i < words && i < MOST_WORDS; i++) {
                String word = new String(in.readNBytes((int) Math.min(header(), MOST_TEXT)), StandardCharsets.UTF_8);
                reasons.add(Math.max(0, known.indexOf(word)));
            }
        } catch (EOFException e) {
            throw new IllegalArgumentException("ends within its header", e);
        } catch (IOException | RuntimeException e) {
            from.close();
            throw e;
        }
    }

    private long header() throws IOException {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int part = in.readUnsignedByte();
            number |= (part & 0x7fL) << shift;
            if (part < 0x80) {
                return number;
            }
        }
        throw new IllegalArgumentException("has a damaged header");
    }

    /**
     * Goes on where another reader of the file has been. Before anything is read.
     *
     * @param place of {@link #place}
     * @throws IllegalArgumentException with one line, when there is no such place
     */
    void skipTo(String place) throws IOException {
        Matcher matcher = PLACE.matcher(place);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(Shown.quoted(place) + NO_PLACE);
        }
        long bytes = Long.parseLong(matcher.group(1));
        long rows = Long.parseLong(matcher.group(2));
        try {
            in.skipNBytes(bytes);
        } catch (EOFException e) {
            throw new IllegalArgumentException(Shown.quoted(place) + NO_PLACE, e);
        }
        read = bytes;
        blockStart = bytes;
        // Between blocks that are whole, or behind the last one of them.
        boolean there = nextBlock() ? left >= rows : rows == 0 && (unfinished || end.isPresent());
        for (long i = 0; i < rows && there; i++) {
            there = next() != null;
        }
        if (!there) {
            throw new IllegalArgumentException(Shown.quoted(place) + NO_PLACE);
        }
    }

    /** Where the next row is, or will be. */
    String place() {
        return left == 0 && !unfinished ? read + ".0" : blockStart + "." + taken;
    }

    /** How much of the file has been read, bytes. */
    long bytes() {
        return read;
    }

    /**
     * Has somebody told how far it is.
     *
     * @param told with each block how much of the file has been read, 0 to 1; negative where its length is not known
     */
    public void tell(DoubleConsumer told) {
        progress = told;
    }

    /** Whether it has no end, and rows may follow. Once {@link #next} has returned null. */
    boolean isBeingWritten() {
        return unfinished;
    }

    /** Leaves out parts of the file in which no packet arrives in that span, in ns since the ledger's beginning. */
    public void between(long from, long until) {
        fromNanos = from;
        untilNanos = until;
    }

    /** Numbers are multiples of that. */
    public long every() {
        return every;
    }

    /** The ledger's beginning, ns since 1970. */
    public long originNanos() {
        return originNanos;
    }

    /** Of the random models. */
    public long seed() {
        return seed;
    }

    /**
     * The next row, which is the same object each time.
     *
     * @return null at the end, for which {@link #damage} has the reason if it is none
     */
    public Row next() throws IOException {
        while (left == 0) {
            if (!nextBlock()) {
                return null;
            }
        }
        try {
            left--;
            taken++;
            readRow();
            return row;
        } catch (RuntimeException e) { // the sum was right, so somebody made it so
            damage = "has a block that is none before byte " + read;
            left = 0;
            end = Optional.empty();
            block = ByteBuffer.allocate(0);
            return null;
        }
    }

    private boolean nextBlock() throws IOException {
        if (!damage.isEmpty() || end.isPresent()) {
            return false;
        }
        blockStart = read;
        taken = 0;
        byte[] head = in.readNBytes(BinaryFormat.BLOCK_HEADER_BYTES);
        unfinished = head.length < BinaryFormat.BLOCK_HEADER_BYTES && BinaryFormat.begins(head);
        if (head.length == 0) {
            damage = "has no end: it is still being written, or its writer was killed";
            return false;
        }
        ByteBuffer fields = ByteBuffer.wrap(head).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        int tag = head.length < BinaryFormat.BLOCK_HEADER_BYTES ? 0 : fields.getInt(0);
        int bytes = tag == 0 ? 0 : fields.getInt(4);
        if ((tag != BinaryFormat.BLOCK && tag != BinaryFormat.END)
                || bytes < 0
                || bytes > BinaryFormat.MOST_BLOCK_BYTES) {
            damage = unfinished
                    ? "ends within a block, behind byte " + read + " of its blocks"
                    : "is damaged behind byte " + read + " of its blocks";
            return false;
        }
        if (body.length < bytes) {
            body = new byte[bytes];
        }
        unfinished = in.readNBytes(body, 0, bytes) < bytes;
        CRC32 crc = new CRC32();
        crc.update(body, 0, bytes);
        if (unfinished || (int) crc.getValue() != fields.getInt(8)) {
            damage = unfinished
                    ? "ends within a block, behind byte " + read + " of its blocks"
                    : "is damaged behind byte " + read + " of its blocks";
            return false;
        }
        read += head.length + bytes;
        progress.accept(fileBytes == 0 ? -1 : Math.min(1, (double) read / fileBytes));
        block = ByteBuffer.wrap(body, 0, bytes);
        try {
            if (tag == BinaryFormat.END) {
                end = Optional.of(new long[] {varint(), varint()});
                return false;
            }
            left = varint();
            long first = BinaryFormat.unzigzag(varint());
            long last = first + varint();
            if (first >= untilNanos || last < fromNanos) {
                left = 0;
            }
            flows.clear();
            lastNumber[0] = 0;
            lastNumber[1] = 0;
            lastArrival[0] = 0;
            lastArrival[1] = 0;
            return true;
        } catch (RuntimeException e) {
            damage = "has a block that is none before byte " + read;
            left = 0;
            return false;
        }
    }

    private long varint() {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte part = block.get();
            number |= (part & 0x7fL) << shift;
            if (part >= 0) {
                return number;
            }
        }
        throw new IllegalArgumentException("a number has too many bytes");
    }

    private long signed() {
        return BinaryFormat.unzigzag(varint());
    }

    private void readRow() {
        int flags = block.get() & 0xff;
        row.direction = flags & BinaryFormat.WAY;
        row.copy = (flags & BinaryFormat.COPY) == 0 ? 0 : 1;
        row.fate = FATES[flags >>> BinaryFormat.FATE_SHIFT];
        row.reason = reasons.get(block.get() & 0xff);
        row.number = lastNumber[row.direction] + signed();
        row.arrival = lastArrival[row.direction] + signed();
        lastNumber[row.direction] = row.number;
        lastArrival[row.direction] = row.arrival;
        row.length = Math.toIntExact(varint());
        row.epoch = Math.toIntExact(varint() - 1);
        row.flow = flow(Math.toIntExact(varint()));
        row.splitNothing();
        if ((flags & BinaryFormat.SPLIT) != 0) {
            row.queue = signed();
            row.serialisation = signed();
            row.propagation = signed();
            row.jitter = signed();
        }
        boolean due = (flags & BinaryFormat.RELEASE) != 0;
        row.release = due ? row.arrival + signed() : Row.NONE;
        row.transmit = (flags & BinaryFormat.TRANSMIT) == 0 ? Row.NONE : (due ? row.release : row.arrival) + signed();
    }

    private byte[] flow(int number) {
        if (number == flows.size()) {
            byte[] text = new byte[Math.toIntExact(Math.min(varint(), MOST_TEXT))];
            block.get(text);
            flows.add(text);
        }
        return flows.get(number);
    }

    /** Why there are no more rows where that is not the ledger's end, else empty. Once {@link #next} has returned null. */
    public String damage() {
        return damage;
    }

    /** Rows of the whole ledger, where it says so itself. Once {@link #next} has returned null. */
    public Optional<Long> rows() {
        return end.map(counts -> counts[0]);
    }

    /** Entries that are not in it, or only in part, where it says so itself. Once {@link #next} has returned null. */
    public Optional<Long> lost() {
        return end.map(counts -> counts[1]);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
