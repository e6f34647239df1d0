package io.tlem.link;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.thread.NanoClock;
import io.tlem.thread.Stage;
import java.lang.foreign.MemorySegment;

/**
 * A wire: takes packets from a port and gives them to another at once, as many as it has room for; the others wait in
 * the first. What feeds a link and what empties it, where neither is a network.
 */
public final class Relay implements Stage {
    private static final int LINE_BYTES = 64;

    private final String name;
    private final NanoClock clock;
    private final PacketSource source;
    private final PacketSink sink;
    private final PacketBatch received;
    private final PacketBatch slots;
    private int next;
    private volatile boolean idle;

    /**
     * @param source every packet of it must fit into the sink
     * @param batch most packets moved at a time
     */
    public Relay(String name, NanoClock clock, PacketSource source, PacketSink sink, int batch) {
        this.name = name;
        this.clock = clock;
        this.source = source;
        this.sink = sink;
        this.received = new PacketBatch(batch);
        this.slots = new PacketBatch(batch);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int doWork() {
        if (next == received.count) {
            received.count = 0;
            next = 0;
            if (source.receive(received, clock) == 0) {
                sink.flush();
                idle = true;
                return 0;
            }
        }
        idle = false;
        int moved = pass();
        if (next == received.count) {
            source.release();
        }
        return moved;
    }

    private int pass() {
        int free = sink.reserve(slots, received.count - next);
        int ready = 0;
        while (ready < free && next + ready < received.count) {
            int length = received.length[next + ready];
            if (length > sink.slotBytes()) {
                if (!sink.enlarge(slots, ready, length)) {
                    break;
                }
                free = slots.count;
            }
            MemorySegment.copy(
                    source.memory(),
                    received.offset[next + ready],
                    sink.memory(),
                    slots.offset[ready],
                    Math.max(length, LINE_BYTES));
            slots.length[ready] = length;
            ready++;
        }
        if (ready > 0) {
            sink.transmit(slots, ready, clock.nanoTime());
            next += ready;
        }
        return ready;
    }

    /** Whether it found nothing when it looked last. Any thread. */
    public boolean isIdle() {
        return idle;
    }
}
