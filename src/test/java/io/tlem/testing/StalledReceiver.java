package io.tlem.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.port.PacketBatch;
import io.tlem.port.PacketSource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * A receiving thread that is stopped after each reading of its clock, while packets are sent to it: what it has read is
 * then older than packets that it finds. Each packet has its number, by which it is known when it was sent.
 */
public final class StalledReceiver {
    private static final int NUMBER_AT = 18;

    private final Predicate<byte[]> send;
    private final int packetBytes;
    private final int limit;
    private final List<Long> sentNanos = new ArrayList<>();

    /**
     * @param send sends a packet, false where there is no room
     * @param limit most packets sent
     */
    public StalledReceiver(Predicate<byte[]> send, int packetBytes, int limit) {
        this.send = send;
        this.packetBytes = packetBytes;
        this.limit = limit;
    }

    /** The clock: after each reading three packets are sent. */
    public LongSupplier clock() {
        return () -> {
            long now = System.nanoTime();
            for (int i = 0; i < 3 && sentNanos.size() < limit; i++) {
                byte[] packet = new byte[packetBytes];
                packet[0] = 2;
                packet[12] = (byte) 0x88;
                packet[13] = (byte) 0xb5; // local experimental
                MemorySegment.ofArray(packet).set(ValueLayout.JAVA_INT_UNALIGNED, NUMBER_AT, sentNanos.size());
                sentNanos.add(System.nanoTime());
                if (!send.test(packet)) {
                    sentNanos.removeLast();
                    break;
                }
            }
            return now;
        };
    }

    /** When a packet was sent. */
    public long sentNanos(int number) {
        return sentNanos.get(number);
    }

    /** Number of a packet that was sent here, -1 for another. */
    public static int number(MemorySegment packet) {
        boolean here = packet.get(ValueLayout.JAVA_BYTE, 12) == (byte) 0x88
                && packet.get(ValueLayout.JAVA_BYTE, 13) == (byte) 0xb5;
        return here ? packet.get(ValueLayout.JAVA_INT_UNALIGNED, NUMBER_AT) : -1;
    }

    /** Receives all of them: none arrives before it was sent, before one ahead of it, or before a horizon told earlier. */
    public void receiveAll(PacketSource source, int batchSize) {
        LongSupplier clock = clock();
        PacketBatch batch = new PacketBatch(batchSize);
        long horizon = Long.MIN_VALUE;
        long end = System.nanoTime() + 20_000_000_000L;
        int next = 0;
        while (next < limit) {
            int count = source.receive(batch, clock);
            assertEquals(count, batch.count);
            for (int i = 0; i < count; i++) {
                long arrival = batch.arrivalNanos[i];
                assertTrue(arrival >= horizon, () -> "arrived before the horizon or the packet before");
                horizon = arrival;
                int number = number(source.memory().asSlice(batch.offset[i], batch.length[i]));
                if (number >= 0) {
                    assertEquals(next++, number);
                    long early = sentNanos(number) - arrival;
                    assertTrue(early <= 0, () -> "packet " + number + " arrived " + early + " ns before it was sent");
                }
            }
            assertTrue(batch.horizonNanos >= horizon);
            horizon = batch.horizonNanos;
            assertTrue(horizon <= System.nanoTime(), "a horizon in the future");
            if (count > 0) {
                source.release();
            }
            assertTrue(System.nanoTime() < end, next + " of " + limit + " packets came");
        }
    }
}
