package io.tlem.port.pipe;

import io.tlem.os.Errno;
import io.tlem.os.NetmapLayout;
import io.tlem.os.SlotKernel;
import io.tlem.port.netmap.BufferExchange;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * One direction of a software pipe: what the two syncs do. The transmit ring of one end and the receive ring of the
 * other have as many slots, and a packet goes from a slot of the one to the slot of the same number of the other.
 *
 * <pre>
 *   transmit ring   ...head     slots before head are moved: their buffers are exchanged with those of the receive
 *                               ring's slots, which the receiver has given back
 *   receive ring    head...     slots from head to the count of produced ones hold packets
 * </pre>
 *
 * Three counts of slots since the start, each on a line of its own: <em>moved</em>, known to the sender only;
 * <em>produced</em>, the moved ones up to the end of a packet; <em>consumed</em>, those given back. The sender owns the
 * receive ring's slots from produced to consumed plus all but one.
 *
 * <p>{@link #transmitSync} is for the sender's thread, {@link #receiveSync} for the receiver's, in any process.
 * Happens-before: what a sender wrote into buffers and slots before its sync is visible to the receiver whose sync
 * reads the count of produced, and what the receiver did before its sync to the sender that reads the count of
 * consumed. Counts and slots are checked, since another process may write them at any time; syncs return a negated
 * error number when they are not possible.
 */
final class PipeTransfer {
    private static final VarHandle COUNT = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();
    private static final int LINE = 128;

    private final PipeFile file;
    private final MemorySegment memory;
    private final int slots;
    private final long transmitRing;
    private final long receiveRing;
    private final long moved;
    private final long produced;
    private final long consumed;
    private final SlotKernel transmitInC; // null where the loop over slots is in Java
    private final SlotKernel receiveInC;

    /**
     * @param sendingEnd 0 or 1
     * @param inC whether C may be used, which would not notice when somebody takes the memory away
     */
    PipeTransfer(PipeFile file, int sendingEnd, boolean inC) {
        this.file = file;
        memory = file.memory();
        slots = file.slots();
        transmitRing = file.ring(sendingEnd, NetmapLayout.TRANSMIT);
        receiveRing = file.ring(1 - sendingEnd, NetmapLayout.RECEIVE);
        moved = file.transfer(sendingEnd);
        produced = moved + LINE;
        consumed = produced + LINE;
        transmitInC = inC ? file.inC(sendingEnd, NetmapLayout.TRANSMIT) : null;
        receiveInC = inC ? file.inC(1 - sendingEnd, NetmapLayout.RECEIVE) : null;
    }

    /** NIOCTXSYNC: moves what the sender has put before head, as far as the receive ring has room. */
    int transmitSync() {
        int head = NetmapLayout.head(memory, transmitRing);
        if (head < 0 || head >= slots) {
            return -Errno.EINVAL;
        }
        long movedBefore = (long) COUNT.get(memory, moved);
        long producedBefore = (long) COUNT.get(memory, produced);
        // Every slot that has been produced is there; the receiver cannot have given back more.
        long room = slots - 1 - (movedBefore - (long) COUNT.getAcquire(memory, consumed));
        if (producedBefore < 0
                || movedBefore < producedBefore
                || room < 0
                || room > slots - 1 + (movedBefore - producedBefore)) {
            return -Errno.EIO;
        }
        int slot = (int) (movedBefore % slots);
        int pending = head - slot;
        if (pending < 0) {
            pending += slots;
        }
        int count = (int) Math.min(pending, room);
        if (count == 0 && pending > 0 && movedBefore - producedBefore == slots - 1) {
            return -Errno.EINVAL; // one packet that is larger than the ring
        }
        int done = 0;
        int complete = 0;
        int error = 0;
        if (transmitInC != null && count > 0) {
            long inC = transmitInC.move(receiveInC, slot, count);
            done = (int) inC;
            complete = (int) (inC >>> 32);
            slot = (slot + done) % slots;
        }
        while (done < count) {
            long from = NetmapLayout.slot(transmitRing, slot);
            long to = NetmapLayout.slot(receiveRing, slot);
            long fromValue = NetmapLayout.read(memory, from);
            long toValue = NetmapLayout.read(memory, to);
            if (!file.isBuffer(NetmapLayout.buffer(fromValue))
                    || NetmapLayout.length(fromValue) > PipeFile.BUFFER_BYTES) {
                error = -Errno.EINVAL;
                break;
            }
            if (!file.isBuffer(NetmapLayout.buffer(toValue))) {
                error = -Errno.EIO;
                break;
            }
            BufferExchange.move(memory, from, fromValue, to, toValue);
            done++;
            if ((NetmapLayout.flags(fromValue) & NetmapLayout.MORE_FRAGMENTS) == 0) {
                complete = done;
            }
            slot = slot + 1 == slots ? 0 : slot + 1;
        }
        COUNT.set(memory, moved, movedBefore + done);
        if (complete > 0) {
            COUNT.setRelease(memory, produced, movedBefore + complete);
        }
        NetmapLayout.setTail(memory, transmitRing, slot == 0 ? slots - 1 : slot - 1);
        return error;
    }

    /** NIOCRXSYNC: gives back what the receiver has left before head, and shows what has arrived. */
    int receiveSync() {
        int head = NetmapLayout.head(memory, receiveRing);
        if (head < 0 || head >= slots) {
            return -Errno.EINVAL;
        }
        long consumedBefore = (long) COUNT.get(memory, consumed);
        long arrived = (long) COUNT.getAcquire(memory, produced);
        long available = arrived - consumedBefore;
        if (consumedBefore < 0 || available < 0 || available > slots - 1) {
            return -Errno.EIO;
        }
        int given = head - (int) (consumedBefore % slots);
        if (given < 0) {
            given += slots;
        }
        if (given > available) {
            return -Errno.EINVAL;
        }
        if (given > 0) {
            COUNT.setRelease(memory, consumed, consumedBefore + given);
        }
        NetmapLayout.setTail(memory, receiveRing, (int) (arrived % slots));
        return 0;
    }

    /** Whether a receive sync would show or already shows packets. */
    boolean hasPackets() {
        return (long) COUNT.getAcquire(memory, produced) != (long) COUNT.getAcquire(memory, consumed);
    }

    /** Whether a transmit sync would move packets. */
    boolean hasRoom() {
        return (long) COUNT.getAcquire(memory, produced) - (long) COUNT.getAcquire(memory, consumed) < slots - 1;
    }
}
