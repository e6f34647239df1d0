package io.tlem.route;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSource;
import io.tlem.wire.Arp;
import io.tlem.wire.Ethernet;
import io.tlem.wire.Ipv4;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The receiving half of a router's port: hands on what is to be routed to the other port, puts ARP into the mailbox of
 * this port's transmitting half, and takes everything else out, counted by its reason.
 *
 * <p>The next station is chosen here, of the packet as it came: on the link it may be changed or cut off. Its IPv4 address
 * travels in the place of the Ethernet address that the packet came to, which is nobody's business any more.
 */
final class RoutedSource implements PacketSource {
    private static final VarHandle COUNT =
            MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();

    /** Why a packet does not enter the link. */
    private enum Reason {
        ARP("arp"),
        ARP_LOST("arp-mailbox-full"),
        ARP_REFUSED("arp-refused"), // from somebody who says to be the router
        NOT_TO_ROUTER("not-to-router"),
        NOT_IPV4("not-ipv4"),
        BAD_CHECKSUM("bad-checksum"),
        NO_ROUTE("no-route");

        private final String label;

        Reason(String label) {
            this.label = label;
        }
    }

    private static final int REASONS = Reason.values().length;

    private final PacketSource inner;
    private final MemorySegment memory;
    private final RouterPort here;
    private final RouterPort there;
    private final ArpMailbox mailbox;
    private final long[] taken = new long[REASONS]; // written by the receiving thread

    RoutedSource(PacketSource inner, RouterPort here, RouterPort there, ArpMailbox mailbox) {
        this.inner = inner;
        this.memory = inner.memory();
        this.here = here;
        this.there = there;
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
    public boolean senderWaits() {
        return inner.senderWaits();
    }

    @Override
    public int maxPacketBytes() {
        return inner.maxPacketBytes();
    }

    @Override
    public int usualPacketBytes() {
        return inner.usualPacketBytes();
    }

    @Override
    public void begin(LongSupplier clock) {
        inner.begin(clock);
    }

    @Override
    public int receive(PacketBatch batch, LongSupplier clock) {
        int count = inner.receive(batch, clock);
        long[] offsets = batch.offset;
        int[] lengths = batch.length;
        long[] arrivals = batch.arrivalNanos;
        int kept = 0;
        for (int i = 0; i < count; i++) {
            Reason reason = judge(offsets[i], lengths[i]);
            if (reason == null) {
                offsets[kept] = offsets[i];
                lengths[kept] = lengths[i];
                arrivals[kept] = arrivals[i];
                kept++;
            } else {
                int index = reason.ordinal();
                COUNT.setOpaque(taken, index, taken[index] + 1);
            }
        }
        batch.count = kept;
        if (count > 0 && kept == 0) {
            inner.release(); // the stage gives back only what it gets
        }
        return kept;
    }

    /** Why a packet does not go on, null when it does; then its next station is written into it. */
    private Reason judge(long frame, int length) {
        if (length < Ethernet.HEADER_BYTES) {
            return Reason.NOT_IPV4;
        }
        int type = NetworkBytes.unsignedShort(memory, frame + Ethernet.TYPE_AT);
        long destination = Ethernet.destination(memory, frame);
        if (type == Ethernet.ARP) {
            return destination == here.mac() || destination == Ethernet.BROADCAST
                    ? arp(frame, length)
                    : Reason.NOT_TO_ROUTER;
        }
        if (destination != here.mac()) {
            return Reason.NOT_TO_ROUTER;
        }
        long ip = frame + Ethernet.HEADER_BYTES;
        if (type != Ethernet.IPV4 || !Ipv4.isWhole(memory, ip, frame + length)) {
            return Reason.NOT_IPV4;
        }
        if (!Ipv4.hasRightChecksum(memory, ip)) {
            return Reason.BAD_CHECKSUM;
        }
        int to = Ipv4.destination(memory, ip);
        if (to == here.address() || to == there.address()) {
            return Reason.NOT_TO_ROUTER; // to be routed by it, not to it
        }
        int hop = Ipv4.isUnicast(to) && !here.contains(to) ? there.nextHop(to) : 0;
        if (hop == 0) {
            return Reason.NO_ROUTE;
        }
        NetworkBytes.setInt(memory, frame, hop);
        return null;
    }

    /** The next station's IPv4 address, which {@link #receive} has written into a packet. */
    static int nextHop(MemorySegment memory, long frame) {
        return NetworkBytes.intAt(memory, frame);
    }

    private Reason arp(long frame, int length) {
        if (length < Arp.FRAME_BYTES || !Arp.isEthernetIpv4(memory, frame)) {
            return Reason.NOT_IPV4;
        }
        if (Arp.senderAddress(memory, frame) == here.address() || Arp.senderMac(memory, frame) == here.mac()) {
            return Reason.ARP_REFUSED;
        }
        boolean put = mailbox.put(
                Arp.operation(memory, frame),
                Arp.senderAddress(memory, frame),
                Arp.senderMac(memory, frame),
                Arp.targetAddress(memory, frame));
        return put ? Reason.ARP : Reason.ARP_LOST;
    }

    @Override
    public void release() {
        inner.release();
    }

    @Override
    public boolean keepsArrivalTimes() {
        return inner.keepsArrivalTimes();
    }

    @Override
    public long missedPackets() {
        return inner.missedPackets();
    }

    @Override
    public Map<String, Long> filteredPackets() {
        Map<String, Long> all = new LinkedHashMap<>(inner.filteredPackets());
        for (Reason reason : Reason.values()) {
            all.put(reason.label, (long) COUNT.getOpaque(taken, reason.ordinal()));
        }
        return all;
    }

    @Override
    public boolean exhausted() {
        return inner.exhausted();
    }
}
