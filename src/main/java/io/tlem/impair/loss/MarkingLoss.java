package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import io.tlem.wire.IpPacket;

/**
 * Marks packets as having met congestion where another model would lose them, as netem's {@code loss ... ecn} does; those of
 * senders that do not take part in ECN are lost.
 */
final class MarkingLoss implements LossModel {
    private final LossModel loss;
    private final IpPacket ip = new IpPacket();

    MarkingLoss(LossModel loss) {
        this.loss = loss;
    }

    @Override
    public boolean loses(PacketContext packet) {
        if (!loss.loses(packet)) {
            return false;
        }
        ip.parse(packet.memory(), packet.offset(), packet.lengthBytes());
        return !ip.markCongestion();
    }

    @Override
    public boolean marks() {
        return true;
    }
}
