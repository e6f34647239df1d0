package io.tlem.impair.outage;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;

/** Down all the time. */
final class Down implements LossModel {
    @Override
    public boolean loses(PacketContext packet) {
        return true;
    }
}
