package io.tlem.record;

import io.tlem.link.Change;
import io.tlem.link.Clerk;
import io.tlem.link.DirectionModels;

/** Notes how the models of a direction change, which is rare. */
class ChangeClerk extends Clerk {
    final Way way;
    private int epoch = -1;
    private long decidedUpToNanos;

    ChangeClerk(Way way) {
        this.way = way;
    }

    @Override
    public void decidedUpTo(long nanos) {
        decidedUpToNanos = nanos;
    }

    @Override
    public void changed(Change from, DirectionModels models) {
        epoch++;
        if (epoch > 0) { // with the first ones the recording begins
            way.changes().add(new Way.Changed(epoch, from, decidedUpToNanos, models));
        }
    }
}
