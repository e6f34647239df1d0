package io.tlem.traffic;

import io.tlem.stats.ReceivedTraffic;
import io.tlem.stats.StreamTraffic;
import io.tlem.stats.TimeDistribution;
import io.tlem.stats.TimeHistogram;
import io.tlem.wire.Ethernet;
import io.tlem.wire.InternetChecksum;
import io.tlem.wire.IpPacket;
import io.tlem.wire.IpProtocol;
import io.tlem.wire.Ipv4;
import io.tlem.wire.Ipv6;
import io.tlem.wire.NetworkBytes;
import io.tlem.wire.Tcp;
import io.tlem.wire.Udp;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Measures generated packets, each stream by itself. Every packet's checksum is looked at: a damaged one could have any number.
 * Allocates something for the first packet of a stream only. Used by one thread, and read after it has ended.
 */
final class TrafficMeter {
    /** Streams that are measured; packets of others are foreign. */
    static final int MOST_STREAMS = 64;

    private static final int MOST_NUMBERS = 1 << 16;

    private final MemorySegment memory;
    private final LongSupplier realTime;
    private final StreamMeter[] meters = new StreamMeter[MOST_NUMBERS];
    private int streams;
    private final IpPacket ip = new IpPacket();
    private FrameLayout usual = new FrameLayout(false, false, Ethernet.HEADER_BYTES); // of the packet before
    private long foreign;
    private long damaged;

    TrafficMeter(MemorySegment memory, LongSupplier realTime) {
        this.memory = memory;
        this.realTime = realTime;
    }

    /** A packet has come. */
    void add(long frame, int length, long arrivalNanos) {
        FrameLayout layout = usual;
        if (!isOf(layout, frame, length)) {
            layout = find(frame, length);
            if (layout == null) {
                foreign++;
                return;
            }
            usual = layout;
        }
        long payload = frame + layout.payloadAt();
        StreamMeter meter = meter(TestPayload.stream(memory, payload));
        if (meter == null) {
            foreign++;
            return;
        }
        if (!isWhole(layout, frame, length)) {
            damaged++;
            return;
        }
        long arrival = TestPayload.mark(memory, payload) == TestPayload.REAL_TIME
                ? arrivalNanos + realTime.getAsLong() - System.nanoTime()
                : arrivalNanos;
        meter.add(
                length,
                TestPayload.sequence(memory, payload),
                TestPayload.time(memory, payload),
                arrival,
                arrivalNanos);
    }

    private boolean isOf(FrameLayout layout, long frame, int length) {
        if (length < layout.leastBytes() || !TestPayload.isMark(TestPayload.mark(memory, frame + layout.payloadAt()))) {
            return false;
        }
        long at = frame + layout.ipAt();
        int type = NetworkBytes.unsignedShort(memory, at - Ethernet.TYPE_BYTES);
        int protocol = layout.tcp() ? IpProtocol.TCP : IpProtocol.UDP;
        return layout.ipv6()
                ? type == Ethernet.IPV6 && NetworkBytes.unsignedByte(memory, at + Ipv6.NEXT_HEADER_AT) == protocol
                : type == Ethernet.IPV4
                        && NetworkBytes.unsignedByte(memory, at) == 0x45
                        && NetworkBytes.unsignedByte(memory, at + Ipv4.PROTOCOL_AT) == protocol;
    }

    /** Where the headers are, null when it is no generated packet. */
    private FrameLayout find(long frame, int length) {
        ip.parse(memory, frame, length);
        if (!ip.isIp() || !ip.findTransport(frame + length)) {
            return null;
        }
        FrameLayout layout =
                new FrameLayout(ip.version() == 6, ip.protocol() == IpProtocol.TCP, (int) (ip.start() - frame));
        return isOf(layout, frame, length) ? layout : null;
    }

    /** Whether the packet is as long as it says, and its checksum is right. */
    private boolean isWhole(FrameLayout layout, long frame, int length) {
        long at = frame + layout.ipAt();
        int packetBytes = layout.ipv6() ? Ipv6.totalBytes(memory, at) : Ipv4.totalBytes(memory, at);
        int transportBytes = packetBytes - (layout.transportAt() - layout.ipAt());
        if (packetBytes > length - layout.ipAt() || transportBytes < layout.leastBytes() - layout.transportAt()) {
            return false;
        }
        long transport = frame + layout.transportAt();
        if (!layout.tcp() && NetworkBytes.unsignedShort(memory, transport + Udp.CHECKSUM_AT) == 0) {
            return !layout.ipv6(); // there is none
        }
        if (layout.tcp() && Tcp.headerBytes(memory, transport) != Tcp.MIN_HEADER_BYTES) {
            return false;
        }
        int protocol = layout.tcp() ? IpProtocol.TCP : IpProtocol.UDP;
        long sum = InternetChecksum.addPseudoHeader(memory, at, layout.ipv6(), protocol, transportBytes, 0);
        return InternetChecksum.finish(InternetChecksum.add(memory, transport, transportBytes, sum)) == 0;
    }

    private StreamMeter meter(int stream) {
        StreamMeter meter = meters[stream];
        if (meter == null && streams < MOST_STREAMS) {
            streams++;
            meter = new StreamMeter();
            meters[stream] = meter;
        }
        return meter;
    }

    /** After the thread has ended, once. */
    ReceivedTraffic received() {
        Map<Integer, StreamTraffic> each = new TreeMap<>();
        TimeHistogram delay = new TimeHistogram();
        TimeHistogram variation = new TimeHistogram();
        TimeHistogram extents = new TimeHistogram();
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        long firstBytes = 0;
        for (int stream = 0; stream < meters.length; stream++) {
            StreamMeter meter = meters[stream];
            if (meter != null) {
                StreamTraffic measured = meter.measured();
                each.put(stream, measured);
                delay.add(meter.delay());
                variation.add(meter.variation());
                extents.add(meter.extents());
                if (measured.bytes() > 0 && meter.firstNanos() < first) {
                    first = meter.firstNanos();
                    firstBytes = measured.firstBytes();
                }
                last = Math.max(last, meter.lastNanos());
            }
        }
        double seconds = first == Long.MAX_VALUE ? 0 : (last - first) / 1e9;
        StreamTraffic all = each.values().stream()
                .reduce(StreamTraffic::plus)
                .orElse(StreamTraffic.NOTHING)
                .as(
                        seconds,
                        firstBytes,
                        TimeDistribution.of(delay),
                        TimeDistribution.of(variation),
                        TimeDistribution.of(extents));
        return new ReceivedTraffic(all, each, foreign, damaged);
    }
}
