package io.tlem.port.tap;

import io.tlem.os.Errno;
import io.tlem.os.SystemCallException;
import io.tlem.os.TunDevice;
import io.tlem.os.VirtioHeader;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.packet.FrameFinisher;
import io.tlem.port.packet.Unusable;
import io.tlem.port.packet.Warnings;
import io.tlem.wire.Ethernet;
import io.tlem.wire.NetworkBytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;

/**
 * Reads what the machine sends into the interface, one call a packet or super-packet, always to the same place; packets as a wire
 * would carry them are made behind it.
 */
final class TapSource implements PacketSource {
    private static final int LINE_BYTES = 64;
    private static final int EAGAIN = -Errno.EAGAIN;

    /** An address that is nobody's, locally administered: what carries IP alone knows none. */
    private static final long NOBODY = 0x02_00_00_00_00_00L;

    private final PortAddress address;
    private final TunDevice device;
    private final int frontBytes;
    private final int maxPacketBytes;
    private final int usualPacketBytes;
    private final MemorySegment memory;
    private final MemorySegment place; // of a header and a packet
    private final FrameFinisher finisher;
    private long lastArrivalNanos = Long.MIN_VALUE;

    TapSource(
            PortAddress address,
            TunDevice device,
            TapOptions options,
            Arena arena,
            int mtuBytes,
            int mostMtuBytes,
            Warnings warnings) {
        this.address = address;
        this.device = device;
        this.frontBytes = options.frontBytes();
        this.maxPacketBytes = options.maxPacketBytes(mostMtuBytes);
        this.usualPacketBytes = options.maxPacketBytes(mtuBytes);
        memory = arena.allocate(LINE_BYTES + FrameFinisher.MEMORY_BYTES, LINE_BYTES);
        place = memory.asSlice(
                LINE_BYTES + frontBytes - VirtioHeader.BYTES,
                VirtioHeader.BYTES + (long) FrameFinisher.MAX_SUPER_BYTES - frontBytes);
        finisher =
                new FrameFinisher(memory, LINE_BYTES, maxPacketBytes, options.trailerBytes(), address.name(), warnings);
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public boolean tagsPackets() {
        return true;
    }

    @Override
    public boolean memoryStays() {
        return true;
    }

    @Override
    public int maxPacketBytes() {
        return maxPacketBytes;
    }

    @Override
    public int usualPacketBytes() {
        return usualPacketBytes;
    }

    @Override
    public void begin(LongSupplier clock) {
        long end = clock.getAsLong() + 100_000_000L; // whoever sends without end is heard nevertheless
        while (read() > 0 && clock.getAsLong() < end) {
            finisher.miss();
        }
        lastArrivalNanos = clock.getAsLong();
    }

    /** A packet is read as late as possible, and so its arrival is never before the true one. */
    @Override
    public int receive(PacketBatch batch, LongSupplier clock) {
        long start = clock.getAsLong();
        int count = finisher.begin(batch);
        int most = batch.capacity();
        for (int reads = 0; reads < most && count < most && !finisher.hasMore() && finisher.hasRoom(); reads++) {
            int bytes = read();
            if (bytes <= 0) {
                break;
            }
            lastArrivalNanos = clock.getAsLong();
            count = take(batch, count, bytes - VirtioHeader.BYTES, lastArrivalNanos);
        }
        batch.count = count;
        batch.horizonNanos = finisher.hasMore() ? lastArrivalNanos : Math.max(lastArrivalNanos, start);
        return count;
    }

    @Override
    public boolean await(long nanos) {
        if (finisher.hasMore()) {
            return false;
        }
        device.awaitPacket(nanos);
        return true;
    }

    /** Bytes of a packet with its header, or 0 when there is none. */
    private int read() {
        int bytes = device.read(place);
        if (bytes >= 0 || bytes == EAGAIN) {
            return Math.max(0, bytes);
        }
        if (bytes == -Errno.EBADFD) {
            throw new PortException(address, "the interface has been removed");
        }
        throw new PortException(address, new SystemCallException("read", address.name(), -bytes).getMessage());
    }

    private int take(PacketBatch batch, int count, int bytes, long arrivalNanos) {
        finisher.read(LINE_BYTES + frontBytes - VirtioHeader.BYTES);
        if (frontBytes > 0) { // over the virtio header, which is not needed any more
            int version = bytes > 0 ? NetworkBytes.unsignedByte(memory, LINE_BYTES + frontBytes) >>> 4 : 0;
            Ethernet.setAddresses(memory, LINE_BYTES, NOBODY, NOBODY);
            NetworkBytes.setShort(memory, LINE_BYTES + Ethernet.TYPE_AT, version == 6 ? Ethernet.IPV6 : Ethernet.IPV4);
            finisher.precede(frontBytes);
        }
        int length = frontBytes + bytes;
        return length < Ethernet.HEADER_BYTES
                ? finisher.unusable(count, Unusable.NONSENSE)
                : finisher.finish(batch, count, LINE_BYTES, length, true, arrivalNanos);
    }

    @Override
    public void release() {}

    @Override
    public long missedPackets() {
        return finisher.missed() + device.dropped();
    }
}
