package io.tlem.port.tap;

import io.tlem.os.Errno;
import io.tlem.os.TunDevice;
import io.tlem.os.VirtioHeader;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSink;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.RefusedPackets;
import io.tlem.port.packet.Coalescer;
import io.tlem.port.packet.Warnings;
import io.tlem.wire.Ethernet;
import io.tlem.wire.Ipv4;
import io.tlem.wire.Ipv6;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Writes to the interface, one call a packet, or a {@link Coalescer super-packet}, which has left when the call returns. The kernel
 * does not compare lengths with the MTU, so it is done here: {@link Ethernet#longestFrame}.
 */
final class TapSink implements PacketSink {
    /** In a slot; the frame starts a cache line. */
    private static final int FRAME_OFFSET = 64;

    private static final int SLOTS = 128;
    private static final long MTU_INTERVAL_NANOS = 100_000_000L;
    private static final long SOON_NANOS = 1_000_000;

    private final PortAddress address;
    private final TunDevice device;
    private final TapOptions options;
    private final MemorySegment memory;
    private final Coalescer coalescer;
    private final int slotBytes;
    private final int stride;
    private final RefusedPackets refused = new RefusedPackets();
    private final Warnings warnings;

    // Of the transmitting thread.
    private int mtuBytes;
    private long lastMtuNanos;
    private final int[] plainLengths; // of frames without what pads them

    TapSink(
            PortAddress address,
            TunDevice device,
            TapOptions options,
            Arena arena,
            int mtuBytes,
            int mostMtuBytes,
            Warnings warnings) {
        this.address = address;
        this.device = device;
        this.options = options;
        this.mtuBytes = mtuBytes;
        this.warnings = warnings;
        this.slotBytes = options.maxPacketBytes(mostMtuBytes);
        this.stride = Math.ceilDiv(FRAME_OFFSET + slotBytes, FRAME_OFFSET) * FRAME_OFFSET;
        // Behind the slots a line, so that writing a line at the last offset stays inside.
        memory = arena.allocate((long) SLOTS * stride + FRAME_OFFSET, FRAME_OFFSET);
        coalescer = new Coalescer(arena, memory, options.frontBytes());
        plainLengths = options.frontBytes() == 0 ? new int[0] : new int[SLOTS];
        lastMtuNanos = System.nanoTime();
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public boolean readsTags() {
        return true;
    }

    @Override
    public boolean memoryStays() {
        return true;
    }

    @Override
    public int maxPacketBytes() {
        readMtu(System.nanoTime(), SOON_NANOS); // asked only for packets that may be too long
        return Math.min(options.maxPacketBytes(mtuBytes), slotBytes);
    }

    @Override
    public int slotBytes() {
        return slotBytes;
    }

    @Override
    public int reserve(PacketBatch batch, int limit) {
        int count = Math.min(limit, SLOTS);
        for (int i = 0; i < count; i++) {
            batch.offset[i] = (long) i * stride + FRAME_OFFSET;
        }
        batch.count = count;
        return count;
    }

    @Override
    public void transmit(PacketBatch batch, int count, long nowNanos) {
        readMtu(nowNanos, MTU_INTERVAL_NANOS);
        int[] lengths = options.frontBytes() == 0 ? batch.length : plainLengths(batch, count);
        for (int i = 0; i < count; ) {
            int together = coalescer.find(batch.offset, lengths, batch.tag, i, count);
            if (together == 1 || !writeTogether(batch.offset, lengths, i, together)) {
                writeEach(batch, i, i + together, count);
            }
            i += together;
        }
    }

    /** Lengths of the frames up to the end of their IP packets; too short for one where there is none. */
    private int[] plainLengths(PacketBatch batch, int count) {
        int[] lengths = plainLengths;
        for (int i = 0; i < count; i++) {
            lengths[i] = options.frontBytes() + ipBytes(batch.offset[i], batch.length[i]);
        }
        return lengths;
    }

    /** Writes packets as one; false when they have to be written one by one, which finds out why. */
    private boolean writeTogether(long[] offsets, int[] lengths, int first, int count) {
        if (lengths[first] - options.frontBytes() > longest(offsets[first])) {
            return false;
        }
        int result = device.write(coalescer.gather(offsets, lengths, first, count));
        if (result == -Errno.EINVAL) {
            coalescer.avoid();
        }
        return result > 0;
    }

    private void writeEach(PacketBatch batch, int first, int end, int count) {
        for (int i = first; i < end; i++) {
            int length = batch.length[i];
            int result = write(batch.offset[i], length);
            if (result < 0) {
                refused.add(length);
                warn(batch.offset[i], length, -result);
            }
            if (result == -Errno.EBADFD) {
                for (int rest = i + 1; rest < count; rest++) {
                    refused.add(batch.length[rest]);
                }
                throw new PortException(address, "the interface has been removed");
            }
        }
    }

    private void warn(long frame, int length, int errno) {
        if (errno == Errno.EMSGSIZE) {
            if (options.frontBytes() != 0 && ipBytes(frame, length) == 0) {
                warnings.once("ip", address.name() + ": packets that are not of IP are dropped (reason port)");
            } else {
                warnings.unfit(address.name(), length, mtuBytes);
            }
        } else if (errno != Errno.EIO && errno != Errno.EBADFD) { // being down and being gone are said elsewhere
            warnings.refused(address.name(), errno);
        }
    }

    /** Returns a negative number where the packet is not sent: the interface is down, or does not take such a packet. */
    private int write(long frame, int length) {
        int front = options.frontBytes();
        long packet = frame + front;
        int bytes = front == 0 ? length : ipBytes(frame, length);
        if (bytes < (front == 0 ? Ethernet.HEADER_BYTES : Ipv4.MIN_HEADER_BYTES) || bytes > longest(frame)) {
            return -Errno.EMSGSIZE;
        }
        long header = packet - VirtioHeader.BYTES; // over the Ethernet header, if the packet has none for the interface
        VirtioHeader.setFinished(memory, header, 0);
        return device.write(memory.asSlice(header, VirtioHeader.BYTES + (long) bytes));
    }

    /** Bytes of the IP packet in a frame of a tun, without what pads it, or 0 when there is none. */
    private int ipBytes(long frame, int length) {
        int most = length - Ethernet.HEADER_BYTES;
        if (most < Ipv4.MIN_HEADER_BYTES) {
            return 0;
        }
        long packet = frame + Ethernet.HEADER_BYTES;
        int said = switch (NetworkBytes.unsignedShort(memory, frame + Ethernet.TYPE_AT)) {
            case Ethernet.IPV4 -> Ipv4.totalBytes(memory, packet);
            case Ethernet.IPV6 -> Ipv6.totalBytes(memory, packet);
            default -> 0;
        };
        return Math.min(said, most);
    }

    private int longest(long frame) {
        return options.kind() == TunDevice.Kind.TUN ? mtuBytes : Ethernet.longestFrame(memory, frame, mtuBytes);
    }

    private void readMtu(long nowNanos, long intervalNanos) {
        if (nowNanos - lastMtuNanos >= intervalNanos) {
            lastMtuNanos = nowNanos;
            int mtu = device.mtu();
            if (mtu > 0) {
                mtuBytes = mtu;
            }
        }
    }

    @Override
    public long refusedPackets() {
        return refused.packets();
    }

    @Override
    public long refusedBytes() {
        return refused.bytes();
    }
}
