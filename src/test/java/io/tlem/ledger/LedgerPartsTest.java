package io.tlem.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.buffer.EntryRing;
import io.tlem.port.PacketBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The parts of a ledger for themselves. */
@Timeout(60)
class LedgerPartsTest {
    @Test
    void samplingIsDivision() {
        SplittableRandom random = new SplittableRandom(1);
        for (long every : new long[] {1, 2, 3, 7, 8, 100, 1000, 4096, 12_345, 999_999_999_999L}) {
            Sampling sampling = new Sampling(every);
            for (int i = 0; i < 20_000; i++) {
                long number = i < 10_000 ? i : random.nextLong(1L << 62);
                number = i % 10 == 0 ? number / every * every : number;
                assertEquals(number % every == 0, sampling.has(number), number + " of " + every);
                long next = sampling.from(number);
                assertTrue(next >= number && next - number < every && next % every == 0, next + " from " + number);
            }
        }
    }

    /** Entries of all lengths through a small ring, past its end again and again: each is read once, whole, or counted as lost. */
    @Test
    void eachEntryIsReadOrCountedAsLost() throws InterruptedException {
        int entries = 300_000;
        try (Arena arena = Arena.ofShared()) {
            EntryRing ring = new EntryRing(arena, 1 << 12, () -> false);
            Thread writer = Thread.ofPlatform().start(() -> {
                SplittableRandom random = new SplittableRandom(2);
                for (long i = 0; i < entries; i++) {
                    int bytes = 24 + 8 * random.nextInt(30);
                    long at = ring.claim(bytes);
                    if (at != EntryRing.FULL) {
                        for (long word = at + 8; word < at + bytes; word += 8) {
                            Entry.set(ring.memory(), word, 0, i);
                        }
                        ring.commit();
                    } else if (ring.lost() % 1000 == 0) {
                        LockSupport.parkNanos(1000); // the reader may need this CPU
                    }
                    ring.publish();
                }
            });
            long read = 0;
            long last = -1;
            while (writer.isAlive() || ring.head() != ring.published()) {
                long end = ring.published();
                for (long position = ring.head(); position != end; ) {
                    long at = ring.at(position);
                    int bytes = ring.bytesAt(Math.abs(at));
                    if (at > 0) {
                        long number = Entry.get(ring.memory(), at, 8);
                        assertTrue(number > last, number + " behind " + last);
                        assertEquals(number, Entry.get(ring.memory(), at, bytes - 8));
                        last = number;
                        read++;
                    }
                    position += bytes;
                    ring.release(position);
                }
                Thread.onSpinWait();
            }
            writer.join();
            assertEquals(entries, read + ring.lost());
            assertEquals(read, ring.written());
            assertTrue(read > 100, read + " read");
        }
    }

    /** Of a batch that was sent those packets are written down that the ledger is of, in whichever order they are. */
    @Test
    void ofEachBatchTheWantedPacketsAreWritten() {
        SplittableRandom random = new SplittableRandom(4);
        try (Arena arena = Arena.ofConfined()) {
            for (long every : new long[] {1, 7, 16, 100}) {
                Sampling sampling = new Sampling(every);
                EntryRing ring = new EntryRing(arena, 1 << 22, () -> false);
                LedgerClerk clerk = new LedgerClerk(ring, sampling, 64, 0);
                List<Long> expected = new ArrayList<>();
                PacketBatch batch = new PacketBatch(512);
                long number = 0;
                for (int round = 0; round < 200; round++) {
                    int count = 1 + random.nextInt(512);
                    int kind = round % 4; // each in turn, with gaps, with some twice, out of turn
                    for (int i = 0; i < count; i++) {
                        batch.number[i] = number;
                        number += kind == 1 ? 1 + random.nextInt(150) : kind == 2 ? random.nextInt(2) : 1;
                    }
                    if (kind == 3) {
                        long first = batch.number[0];
                        int other = random.nextInt(count);
                        batch.number[0] = batch.number[other];
                        batch.number[other] = first;
                    }
                    for (int i = 0; i < count; i++) {
                        if (batch.number[i] % every == 0) {
                            expected.add(batch.number[i]);
                        }
                    }
                    clerk.sent(batch, count, 1000, false);
                    clerk.publish();
                    List<Long> written = new ArrayList<>();
                    long position = ring.head();
                    for (; position != ring.published(); ) {
                        long at = ring.at(position);
                        position += ring.bytesAt(Math.abs(at));
                        if (at > 0) {
                            written.add(Entry.get(ring.memory(), at, Entry.NUMBER));
                        }
                    }
                    ring.release(position);
                    assertEquals(expected, written);
                    expected.clear();
                }
            }
        }
    }

    /** As a map, whatever comes and goes, and in time that does not grow with what is under way. */
    @Test
    void whatIsPendingIsFoundUntilItIsTakenOut() {
        SplittableRandom random = new SplittableRandom(3);
        Map<Long, Long> expected = new HashMap<>();
        try (Pending pending = new Pending(80)) {
            MemorySegment entry = MemorySegment.ofArray(new long[10]);
            for (int i = 0; i < 200_000; i++) {
                long number = random.nextInt(i < 100_000 ? 5000 : 500);
                long at = pending.find(number);
                assertEquals(expected.containsKey(number), at >= 0);
                if (at >= 0) {
                    assertEquals(expected.remove(number), Entry.get(pending.memory(), at, Entry.ARRIVAL));
                    pending.remove(at);
                } else {
                    Entry.set(entry, 0, Entry.NUMBER, number);
                    Entry.set(entry, 0, Entry.ARRIVAL, i);
                    assertTrue(pending.put(entry, 0, 80, 1));
                    expected.put(number, (long) i);
                }
                assertEquals(expected.size(), pending.count());
            }
            int left = 0;
            for (long at = pending.next(0); at >= 0; at = pending.next(at)) {
                assertTrue(expected.containsKey(Entry.get(pending.memory(), at, Entry.NUMBER)));
                pending.remove(at);
                left++;
            }
            assertEquals(expected.size(), left);
            for (long number = 0; number < 2_000_000; number++) { // a hundred thousand under way, in turn
                Entry.set(entry, 0, Entry.NUMBER, number);
                assertTrue(pending.put(entry, 0, 80, 1));
                if (number >= 100_000) {
                    pending.remove(pending.find(number - 100_000));
                }
            }
            assertEquals(100_000, pending.count());
        }
    }
}
