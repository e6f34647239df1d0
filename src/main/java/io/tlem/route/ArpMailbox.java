package io.tlem.route;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * ARP messages on their way from the thread that receives on a port to the thread that transmits on it. Wait-free for
 * both; when it is full, a message is lost and counted: ARP repeats.
 *
 * <pre>
 *  receiving thread --put--►  [ slots taken..put ]  --take--►  transmitting thread
 * </pre>
 *
 * Happens-before: what was written before {@link #put} is visible to the {@link #take} that returns it.
 */
final class ArpMailbox {
    private static final int CAPACITY = 64;
    private static final VarHandle PUT = counter("put");
    private static final VarHandle TAKEN = counter("taken");

    private final int[] operation = new int[CAPACITY];
    private final int[] senderAddress = new int[CAPACITY];
    private final long[] senderMac = new long[CAPACITY];
    private final int[] targetAddress = new int[CAPACITY];

    // The counts are apart from each other by what lies between them; messages are too rare for more.
    @SuppressWarnings("unused") // through PUT
    private int put;

    @SuppressWarnings("unused") // through TAKEN
    private int taken;

    /** One message; the taker's own, filled anew each time. */
    static final class Message {
        int operation;
        int senderAddress;
        long senderMac;
        int targetAddress;
    }

    private static VarHandle counter(String name) {
        try {
            return MethodHandles.lookup()
                    .findVarHandle(ArpMailbox.class, name, int.class)
                    .withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Puts a message in. Receiving thread only. Returns false when there is no room. */
    boolean put(int arpOperation, int fromAddress, long fromMac, int toAddress) {
        int next = (int) PUT.get(this);
        if (next - (int) TAKEN.getAcquire(this) == CAPACITY) {
            return false;
        }
        int slot = next & (CAPACITY - 1);
        operation[slot] = arpOperation;
        senderAddress[slot] = fromAddress;
        senderMac[slot] = fromMac;
        targetAddress[slot] = toAddress;
        PUT.setRelease(this, next + 1);
        return true;
    }

    /** Whether there is nothing to take. Transmitting thread only. */
    boolean isEmpty() {
        return (int) TAKEN.get(this) == (int) PUT.getAcquire(this);
    }

    /** Takes the oldest message out. Transmitting thread only. Returns false when there is none. */
    boolean take(Message message) {
        int next = (int) TAKEN.get(this);
        if (next == (int) PUT.getAcquire(this)) {
            return false;
        }
        int slot = next & (CAPACITY - 1);
        message.operation = operation[slot];
        message.senderAddress = senderAddress[slot];
        message.senderMac = senderMac[slot];
        message.targetAddress = targetAddress[slot];
        TAKEN.setRelease(this, next + 1);
        return true;
    }
}
