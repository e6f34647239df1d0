package io.tlem.port.proxy;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.RefusedPackets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.Channel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * One side of a proxy, clients' or targets'. What its sockets hand out becomes frames with the headers that a wire would carry;
 * of frames that come out of the link the payload goes to a socket. No call waits.
 *
 * <pre>
 *   memory:  | frames received, of this batch | slots to transmit from |
 * </pre>
 */
abstract class ProxyPort implements PacketPort, PacketSource, PacketSink {
    /** The longest UDP datagram, over IPv6. */
    static final int MAX_FRAME_BYTES = 65_600;

    private static final int LINE_BYTES = 64;
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int RECEIVE_BYTES = 4 << 20;
    private static final int SLOT_BYTES = MAX_FRAME_BYTES + LINE_BYTES;
    private static final int SLOTS = 64;

    final MemorySegment memory = Arena.ofAuto().allocate(RECEIVE_BYTES + (long) SLOTS * SLOT_BYTES, LINE_BYTES);
    final Selector selector;
    private final ByteBuffer transmitted = memory.asByteBuffer(); // of the transmitting thread
    private final List<Channel> listeners = new ArrayList<>();
    private final PortAddress address;
    private final String description;
    private final AtomicLong missed = new AtomicLong();
    private final RefusedPackets refused = new RefusedPackets();
    private final Set<String> said = new LinkedHashSet<>(); // guarded by itself
    private final List<String> toSay = new ArrayList<>(); // guarded by said

    // Of the receiving thread.
    private PacketBatch batch;
    private int count;
    private long next;

    ProxyPort(PortAddress address, String description) throws IOException {
        this.address = address;
        this.description = description;
        this.selector = Selector.open();
    }

    /** Has the port close a channel. */
    final void closeLater(Channel channel) {
        listeners.add(channel);
    }

    // ---- receiving ----

    /** Puts into the batch what has come, with {@link #place} and {@link #add}. */
    abstract void poll(long nowNanos) throws IOException;

    /** Takes what a key that is ready has. */
    abstract void ready(SelectionKey key) throws IOException;

    /** In whole milliseconds, as a selector waits: whoever has less time looks now and then. */
    @Override
    public final boolean await(long nanos) {
        if (nanos < NANOS_PER_MILLI) {
            return false;
        }
        try {
            int ignored = selector.select(nanos / NANOS_PER_MILLI);
            return true;
        } catch (IOException e) {
            throw new PortException(address, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public final int receive(PacketBatch into, LongSupplier clock) {
        batch = into;
        count = 0;
        next = 0;
        try {
            poll(clock.getAsLong());
            int ignored = selector.selectNow();
            for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext() && hasRoom(); ) {
                SelectionKey key = keys.next();
                keys.remove();
                try {
                    ready(key);
                } catch (CancelledKeyException e) {
                    // The transmitting thread has closed it.
                }
            }
        } catch (IOException e) {
            throw new PortException(address, String.valueOf(e.getMessage()), e);
        }
        if (count > 0) {
            Arrays.fill(into.arrivalNanos, 0, count, clock.getAsLong()); // after the last of them has been read
        }
        into.count = count;
        return count;
    }

    /** Whether the batch takes one more frame, of any length. */
    final boolean hasRoom() {
        return room() > 0 && RECEIVE_BYTES - next >= SLOT_BYTES;
    }

    /** How many more frames the batch takes. */
    final int room() {
        return batch.capacity() - count;
    }

    /** Where the next frame may be put. */
    final long place() {
        return next;
    }

    /** Adds a frame at a place from {@link #place} on, in order. */
    final void add(long offset, int length) {
        batch.offset[count] = offset;
        batch.length[count] = length;
        count++;
        next = (offset + length + LINE_BYTES - 1) & -LINE_BYTES;
    }

    @Override
    public void release() {}

    /** Something has come and could not be taken. */
    final void miss() {
        missed.incrementAndGet();
    }

    @Override
    public long missedPackets() {
        return missed.get();
    }

    // ---- transmitting ----

    /**
     * Sends the payload of a frame.
     *
     * @param frames the memory that the frame lies in, as bytes; position and limit may be changed
     * @return false when it is not sent
     */
    abstract boolean send(ByteBuffer frames, long offset, int length);

    @Override
    public int reserve(PacketBatch slots, int limit) {
        slots.count = Math.min(SLOTS, limit);
        for (int i = 0; i < slots.count; i++) {
            slots.offset[i] = RECEIVE_BYTES + (long) i * SLOT_BYTES;
        }
        return slots.count;
    }

    @Override
    public void transmit(PacketBatch slots, int sent, long nowNanos) {
        for (int i = 0; i < sent; i++) {
            transmitted.clear();
            if (!send(transmitted, slots.offset[i], slots.length[i])) {
                refused.add(slots.length[i]);
            }
        }
        flush();
    }

    @Override
    public long refusedPackets() {
        return refused.packets();
    }

    @Override
    public long refusedBytes() {
        return refused.bytes();
    }

    // ---- both ----

    /** What the user should know, once. Any thread. */
    final void warn(String text) {
        synchronized (said) {
            if (said.size() < 100 && said.add(text)) {
                toSay.add(text);
            }
        }
    }

    @Override
    public List<String> takeWarnings(boolean routes) {
        synchronized (said) {
            List<String> all = List.copyOf(toSay);
            toSay.clear();
            return all;
        }
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public boolean memoryStays() {
        return true;
    }

    @Override
    public int maxPacketBytes() {
        return MAX_FRAME_BYTES;
    }

    @Override
    public int usualPacketBytes() {
        return 1514;
    }

    @Override
    public PortAddress address() {
        return address;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public Optional<PacketSource> source() {
        return Optional.of(this);
    }

    @Override
    public Optional<PacketSink> sink() {
        return Optional.of(this);
    }

    static void closeQuietly(Channel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // It was being closed.
        }
    }

    @Override
    public void close() {
        selector.keys().forEach(key -> closeQuietly(key.channel()));
        listeners.forEach(ProxyPort::closeQuietly);
        try {
            selector.close();
        } catch (IOException e) {
            // Nothing is left that could be lost.
        }
    }
}
