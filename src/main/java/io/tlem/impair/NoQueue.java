package io.tlem.impair;

/** No queue at all: right only in front of a link without limit. */
enum NoQueue implements QueueModel {
    QUEUE;

    @Override
    public boolean admits(PacketContext packet) {
        return true;
    }

    @Override
    public void entered(PacketContext packet) {}

    @Override
    public long maxBytes() {
        return 0;
    }

    @Override
    public long maxPackets() {
        return 0;
    }

    @Override
    public long highWaterBytes() {
        return 0;
    }

    @Override
    public long highWaterPackets() {
        return 0;
    }
}
