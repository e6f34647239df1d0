package io.tlem.route;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.wire.Arp;
import io.tlem.wire.Ethernet;
import java.lang.foreign.MemorySegment;

/**
 * The transmitting half of a router's port: gives each packet the Ethernet address of its next station, answers and asks
 * ARP. Frames of its own go out between the link's packets, when slots are reserved or nothing is due.
 */
final class RoutedSink implements PacketSink {
    private static final int OWN_FRAMES = 16;
    private static final int MAX_QUESTIONS = 64;

    private final PacketSink inner;
    private final MemorySegment memory;
    private final RouterPort here;
    private final ArpMailbox mailbox;
    private final ArpTable table = new ArpTable();
    private final ArpMailbox.Message message = new ArpMailbox.Message();
    private final PacketBatch own = new PacketBatch(OWN_FRAMES);
    private final int[] questions = new int[MAX_QUESTIONS]; // stations to be asked for
    private int questionCount;
    private int lastHop;
    private long lastMac;

    RoutedSink(PacketSink inner, RouterPort here, ArpMailbox mailbox) {
        this.inner = inner;
        this.memory = inner.memory();
        this.here = here;
        this.mailbox = mailbox;
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public boolean memoryStays() {
        return inner.memoryStays();
    }

    @Override
    public int maxPacketBytes() {
        return inner.maxPacketBytes();
    }

    @Override
    public int slotBytes() {
        return inner.slotBytes();
    }

    @Override
    public int reserve(PacketBatch batch, int limit) {
        sendOwn();
        return inner.reserve(batch, limit);
    }

    @Override
    public boolean enlarge(PacketBatch batch, int index, int length) {
        return inner.enlarge(batch, index, length);
    }

    @Override
    public void transmit(PacketBatch batch, int count, long nowNanos) {
        long[] offsets = batch.offset;
        lastHop = 0; // what the batch before knew may be known better now
        lastMac = Ethernet.BROADCAST;
        for (int i = 0; i < count; i++) {
            long frame = offsets[i];
            int hop = RoutedSource.nextHop(memory, frame);
            if (hop != lastHop) {
                lastHop = hop;
                lastMac = here.hasStation(hop) ? lookUp(hop, nowNanos) : Ethernet.BROADCAST;
            }
            Ethernet.setAddresses(memory, frame, lastMac, here.mac());
        }
        inner.transmit(batch, count, nowNanos);
    }

    private long lookUp(int hop, long nowNanos) {
        long mac = table.lookUp(hop, nowNanos);
        if (table.requestDue() && questionCount < MAX_QUESTIONS) {
            questions[questionCount++] = hop;
        }
        return mac;
    }

    @Override
    public void flush() {
        sendOwn();
        inner.flush();
    }

    @Override
    public boolean hasPending() {
        return questionCount > 0 || !mailbox.isEmpty() || inner.hasPending();
    }

    /** Reads the mailbox, and sends answers and questions as far as the port has room. */
    private void sendOwn() {
        if (questionCount == 0 && mailbox.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        int room = inner.reserve(own, OWN_FRAMES);
        int used = 0;
        while (used < room && mailbox.take(message)) {
            if (learn(now)) {
                write(used++, Arp.REPLY, message.senderMac, message.senderMac, message.senderAddress);
            }
        }
        while (used < room && questionCount > 0) {
            write(used++, Arp.REQUEST, Ethernet.BROADCAST, 0, questions[--questionCount]);
        }
        if (used > 0) {
            inner.transmit(own, used, now);
        }
    }

    /** What RFC 826 has a station do with a message; whether it wants an answer. The router's own address does not come here. */
    private boolean learn(long now) {
        boolean usable = here.hasStation(message.senderAddress)
                && (message.senderMac & 0x01_00_00_00_00_00L) == 0
                && message.senderMac != 0;
        if (!usable) {
            return false;
        }
        boolean forUs = message.targetAddress == here.address();
        table.learn(message.senderAddress, message.senderMac, forUs, now);
        return forUs && message.operation == Arp.REQUEST;
    }

    private void write(int slot, int operation, long destination, long targetMac, int targetAddress) {
        Arp.write(
                memory, own.offset[slot], operation, destination, here.mac(), here.address(), targetMac, targetAddress);
        own.length[slot] = Ethernet.MIN_FRAME_BYTES;
    }

    @Override
    public void finish() {
        inner.finish();
    }

    @Override
    public long refusedPackets() {
        return inner.refusedPackets();
    }

    @Override
    public long refusedBytes() {
        return inner.refusedBytes();
    }
}
