package io.tlem.link;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The models of a pipeline in time. The deciding stage holds the epoch in force and looks behind it once a batch; the other
 * stages read the terms, which change with the epochs only.
 */
final class Epochs {
    private final AtomicReference<Epoch.Terms> terms;
    private final AtomicLong arrivedUpTo = new AtomicLong(Long.MIN_VALUE);
    private volatile boolean timed;
    private Epoch taken; // one that was in force at the last change, or is
    private volatile Epoch last;

    Epochs(Epoch first) {
        boolean ignored = first.take();
        first.answer().complete(new Change(0, 0));
        taken = first;
        last = first;
        terms = new AtomicReference<>(first.terms());
    }

    /** The epoch behind which there is none. Any thread; what changes something is called by one thread at a time. */
    Epoch last() {
        return last;
    }

    /** Puts other models in force behind those that are, or will be. */
    void append(Epoch next) {
        Epoch behind = taken.next();
        while (behind != null && behind.isTaken()) { // else all that ever were would stay in memory
            taken = behind;
            behind = taken.next();
        }
        timed |= !next.isAtOnce();
        last.setNext(next);
        last = next;
        terms.accumulateAndGet(next.terms(), Epoch.Terms::until);
    }

    /** Takes back what is to be in force and is not yet: its answers are cancelled. */
    void revoke() {
        for (Epoch next = taken.next(); next != null; next = taken.next()) {
            if (next.revoke()) {
                taken.setNext(null);
                for (Epoch gone = next; gone != null; gone = gone.next()) {
                    boolean ignored = gone.answer().cancel(false);
                }
                break;
            }
            taken = next;
        }
        last = taken;
    }

    /**
     * Of the deciding stage, between two packets: an epoch takes the place of the one in force.
     *
     * @return false when it was revoked
     */
    boolean takeOver(Epoch before, Epoch next, Change change) {
        if (!next.take()) {
            return false;
        }
        next.decider().begins(change, before.decidedUpToNanos(), next.models());
        next.continueFrom(before);
        Epoch.Terms present;
        Epoch.Terms all;
        do {
            present = terms.get();
            all = next.terms();
            for (Epoch following = next.next(); following != null; following = following.next()) {
                all = all.until(following.terms());
            }
        } while (!terms.compareAndSet(present, all));
        next.answer().complete(change);
        return true;
    }

    /** What the other stages go by. */
    Epoch.Terms terms() {
        return terms.getAcquire();
    }

    /** Whether changes have been given a time: more may follow. */
    boolean isTimed() {
        return timed;
    }

    /** All that arrived before that time has been stored. Of a receiving stage that does not decide. */
    void setArrivedUpTo(long nanos) {
        arrivedUpTo.setRelease(nanos);
    }

    /** See {@link #setArrivedUpTo}. Looked at before it is looked whether something is stored. */
    long arrivedUpTo() {
        return arrivedUpTo.getAcquire();
    }
}
