package io.tlem.ledger;

import io.tlem.buffer.EntryRing;
import io.tlem.buffer.PacketRecord;
import io.tlem.impair.Annotator;
import io.tlem.impair.PacketContext;
import io.tlem.layout.ThreadOwned;
import io.tlem.link.Change;
import io.tlem.link.Clerk;
import io.tlem.link.DirectionModels;
import io.tlem.port.PacketBatch;
import io.tlem.stats.DropReason;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** What a {@link LedgerClerk} changes all the time. */
abstract class ClerkProgress extends ThreadOwned {
    long open = EntryRing.FULL; // entry of the packet that was met
    long number; // of that packet
    long queueNanos; // sums before it
    long serialisationNanos;
    long leastDelayNanos;
    int epoch = -1;
}

/** The same, with what keeps it apart from what lies behind. */
final class ClerkState extends ClerkProgress {
    @SuppressWarnings("unused")
    private long q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, qa, qb, qc, qd, qe, qf;
}

/** Writes entries of a stage into its ring. */
final class LedgerClerk extends Clerk {
    private static final int FEW = 16; // of so many packets one: looking for it is cheaper than looking at each
    private static final int LINE_BYTES = 64; // as many may be read of a shorter packet

    private final EntryRing ring;
    private final MemorySegment memory;
    private final Sampling sampling;
    private final int snapBytes;
    private final int direction;
    private final ClerkState progress = new ClerkState();

    /** @param snapBytes that are kept of a packet, 64 or more */
    LedgerClerk(EntryRing ring, Sampling sampling, int snapBytes, int direction) {
        this.ring = ring;
        this.memory = ring.memory();
        this.sampling = sampling;
        this.snapBytes = snapBytes;
        this.direction = direction;
    }

    @Override
    public void changed(Change from, DirectionModels models) {
        progress.epoch++;
        progress.leastDelayNanos = models.leastDelayNanos();
        long entry = ring.claim(Entry.CHANGED_BYTES);
        if (entry != EntryRing.FULL) {
            Entry.setKind(memory, entry, Entry.CHANGED, 0, direction);
            Entry.set(memory, entry, Entry.NUMBER, from.packetNumber());
            Entry.set(memory, entry, Entry.ARRIVAL, from.nanos());
            Entry.set(memory, entry, Entry.CHANGED_EPOCH, progress.epoch);
            ring.commit();
        }
    }

    @Override
    public long next(long number) {
        return sampling.from(number);
    }

    @Override
    public void before(Annotator annotator) {
        progress.queueNanos = annotator.queueNanos();
        progress.serialisationNanos = annotator.serialisationNanos();
    }

    @Override
    public void meets(PacketContext packet, long number) {
        progress.open = EntryRing.FULL;
        if (sampling.has(number)) {
            open(packet.memory(), packet.offset(), packet.lengthBytes(), packet.arrivalNanos(), number);
        }
    }

    @Override
    public void meets(MemorySegment buffer, long record, Annotator annotator) {
        long number = PacketRecord.number(buffer, record);
        progress.open = EntryRing.FULL;
        if (sampling.has(number)) {
            before(annotator);
            open(
                    buffer,
                    PacketRecord.packetOffset(record),
                    PacketRecord.length(buffer, record),
                    PacketRecord.arrivalNanos(buffer, record),
                    number);
        }
    }

    /** Begins an entry with what is known of a packet. */
    private void open(MemorySegment from, long offset, int length, long arrivalNanos, long number) {
        int captured = Math.min(length, snapBytes);
        long entry = ring.claim(Entry.BYTES + Math.max(LINE_BYTES, captured + 7 & -8));
        progress.open = entry;
        progress.number = number;
        if (entry == EntryRing.FULL) {
            return;
        }
        Entry.set(memory, entry, Entry.NUMBER, number);
        Entry.set(memory, entry, Entry.ARRIVAL, arrivalNanos);
        Entry.setInt(memory, entry, Entry.LENGTH, length);
        Entry.setInt(memory, entry, Entry.CAPTURED, captured);
        Entry.setInt(memory, entry, Entry.EPOCH, progress.epoch);
        if (captured <= LINE_BYTES) {
            MemorySegment.copy(from, offset, memory, entry + Entry.BYTES, LINE_BYTES);
        } else {
            MemorySegment.copy(from, offset, memory, entry + Entry.BYTES, captured);
        }
    }

    /** Ends the entry that is open. */
    private void close(int reason, int flags, long releaseNanos, long queueNanos, long serialisationNanos) {
        long entry = progress.open;
        Entry.setKind(memory, entry, Entry.DECIDED, reason, direction);
        Entry.setInt(memory, entry, Entry.FLAGS, flags);
        Entry.set(memory, entry, Entry.RELEASE, releaseNanos);
        Entry.set(memory, entry, Entry.QUEUE, queueNanos);
        Entry.set(memory, entry, Entry.SERIALISATION, serialisationNanos);
        Entry.set(memory, entry, Entry.LEAST_DELAY, progress.leastDelayNanos);
        ring.commit();
        progress.open = EntryRing.FULL;
    }

    @Override
    public void leaves(PacketContext packet, boolean twice, Annotator annotator) {
        if (progress.open != EntryRing.FULL) {
            close(
                    Entry.LEAVES,
                    twice ? Entry.TWICE : 0,
                    packet.releaseNanos(),
                    annotator.queueNanos() - progress.queueNanos,
                    annotator.serialisationNanos() - progress.serialisationNanos);
        }
    }

    @Override
    public void exempted(MemorySegment buffer, long record) {
        long number = PacketRecord.number(buffer, record);
        if (sampling.has(number)) {
            long arrivalNanos = PacketRecord.arrivalNanos(buffer, record);
            open(buffer, PacketRecord.packetOffset(record), PacketRecord.length(buffer, record), arrivalNanos, number);
            if (progress.open != EntryRing.FULL) {
                close(Entry.LEAVES, Entry.EXEMPT, arrivalNanos, 0, 0);
            }
        }
    }

    @Override
    public void delayed(MemorySegment source, PacketBatch batch, int count, long firstNumber, long[] releases) {
        for (long number = sampling.from(firstNumber); number < firstNumber + count; number += sampling.every()) {
            int i = (int) (number - firstNumber);
            open(source, batch.offset[i], batch.length[i], batch.arrivalNanos[i], number);
            if (progress.open != EntryRing.FULL) {
                close(Entry.LEAVES, 0, releases[i], 0, 0);
            }
        }
    }

    @Override
    public void dropped(DropReason reason, long number, int length, long arrivalNanos) {
        if (progress.open != EntryRing.FULL && progress.number == number) {
            close(reason.ordinal() + 1, 0, 0, 0, 0);
        } else if (sampling.has(number)) {
            gone(reason, number, length, arrivalNanos);
        }
    }

    private void gone(DropReason reason, long number, int length, long arrivalNanos) {
        long entry = ring.claim(Entry.GONE_BYTES);
        if (entry != EntryRing.FULL) {
            Entry.setKind(memory, entry, Entry.GONE, reason.ordinal() + 1, direction);
            Entry.set(memory, entry, Entry.NUMBER, number);
            Entry.set(memory, entry, Entry.ARRIVAL, arrivalNanos);
            Entry.setInt(memory, entry, Entry.GONE_LENGTH, length);
            Entry.setInt(memory, entry, Entry.GONE_EPOCH, progress.epoch);
            ring.commit();
        }
    }

    @Override
    public void dropped(
            DropReason reason, long number, MemorySegment from, long offset, int length, long arrivalNanos) {
        if (sampling.has(number)) {
            open(from, offset, length, arrivalNanos, number);
            if (progress.open != EntryRing.FULL) {
                close(reason.ordinal() + 1, 0, 0, 0, 0);
            }
        }
    }

    @Override
    public void sent(PacketBatch batch, int count, long nanos, boolean exact) {
        long[] numbers = batch.number;
        if (sampling.every() >= FEW && ascend(numbers, count)) {
            for (long wanted = sampling.from(numbers[0]); wanted <= numbers[count - 1]; wanted += sampling.every()) {
                int i = Arrays.binarySearch(numbers, 0, count, wanted);
                if (i >= 0) {
                    sent(batch, i, exact ? batch.releaseNanos[i] : nanos);
                }
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            if (sampling.has(numbers[i])) {
                sent(batch, i, exact ? batch.releaseNanos[i] : nanos);
            }
        }
    }

    /** Whether each is larger than the one before: a loop that the JIT compiler turns into vector instructions. */
    private static boolean ascend(long[] numbers, int count) {
        long steps = 0;
        for (int i = 1; i < count; i++) {
            steps |= numbers[i] - numbers[i - 1] - 1;
        }
        return steps >= 0;
    }

    private void sent(PacketBatch batch, int i, long nanos) {
        long entry = ring.claim(Entry.SENT_BYTES);
        if (entry != EntryRing.FULL) {
            Entry.setKind(memory, entry, Entry.SENT, Entry.LEAVES, direction);
            Entry.set(memory, entry, Entry.NUMBER, batch.number[i]);
            Entry.set(memory, entry, Entry.ARRIVAL, batch.arrivalNanos[i]);
            Entry.set(memory, entry, Entry.RELEASE, batch.releaseNanos[i]);
            Entry.set(memory, entry, Entry.TRANSMIT, nanos);
            Entry.setInt(memory, entry, Entry.SENT_LENGTH, batch.length[i]);
            ring.commit();
        }
    }

    @Override
    public void publish() {
        ring.publish();
    }
}
