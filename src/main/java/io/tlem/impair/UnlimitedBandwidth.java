package io.tlem.impair;

/** A link that takes no time. */
final class UnlimitedBandwidth implements BandwidthModel {
    @Override
    public long exitNanos(PacketContext packet) {
        return packet.arrivalNanos();
    }
}
