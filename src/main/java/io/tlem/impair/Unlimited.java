package io.tlem.impair;

/** A link that takes no time. */
enum Unlimited implements BandwidthModel {
    LINK;

    @Override
    public long exitNanos(PacketContext packet) {
        return packet.arrivalNanos();
    }
}
