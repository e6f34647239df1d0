package io.tlem.link;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Where the stages of a pipeline find the models in force: one plain read a batch, of a line that changes with them only. */
final class Epochs {
    private static final VarHandle LATEST;
    private static final VarHandle TERMS;

    static {
        try {
            LATEST = MethodHandles.lookup().findVarHandle(Epochs.class, "latest", Epoch.class);
            TERMS = MethodHandles.lookup().findVarHandle(Epochs.class, "terms", Epoch.Terms.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("unused") // by its handle
    private Epoch latest;

    @SuppressWarnings("unused") // by its handle
    private Epoch.Terms terms;

    Epochs(Epoch first) {
        LATEST.setRelease(this, first);
        TERMS.setRelease(this, first.terms());
    }

    /** What the deciding stage is to have in force from its next batch on. */
    Epoch latest() {
        return (Epoch) LATEST.getAcquire(this);
    }

    /** What the other stages go by. */
    Epoch.Terms terms() {
        return (Epoch.Terms) TERMS.getAcquire(this);
    }

    /** Puts other models in force at the next batch. Not before those ahead of them have answered. */
    void change(Epoch next) {
        TERMS.setRelease(this, latest().terms().until(next.terms()));
        LATEST.setRelease(this, next);
    }

    /** Of the deciding stage, between two batches: what is latest takes the place of what was in force. */
    void takeOver(Epoch before, Epoch next, Change change) {
        next.continueFrom(before);
        TERMS.setRelease(this, next.terms());
        next.answer().complete(change);
    }
}
