package io.tlem.impair.edit;

import io.tlem.impair.EditModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.random.CorrelatedChance;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/**
 * Inverts bits at random places of randomly chosen packets, one as netem does or several. A bit may be hit twice. With right
 * checksums a bit that a {@link ChecksumKeeper} leaves alone stays as it is.
 */
final class BitErrors implements EditModel {
    private final CorrelatedChance chance;
    private final int bits;
    private final boolean rightChecksums;
    private final RandomGenerator random;
    private final ChecksumKeeper keeper = new ChecksumKeeper();

    /** @param random draws the places */
    BitErrors(CorrelatedChance chance, int bits, boolean rightChecksums, RandomGenerator random) {
        this.chance = chance;
        this.bits = bits;
        this.rightChecksums = rightChecksums;
        this.random = random;
    }

    @Override
    public void edit(PacketContext packet) {
        if (!chance.happens() || packet.lengthBytes() == 0) {
            return;
        }
        if (rightChecksums) {
            keeper.parse(packet.memory(), packet.offset(), packet.lengthBytes());
        }
        for (int i = 0; i < bits; i++) {
            // The high word of a draw times the number of bits: each is as likely as the others, but for 2^-40 or so.
            long bit = Math.unsignedMultiplyHigh(random.nextLong(), 8L * packet.lengthBytes());
            long at = packet.offset() + (bit >>> 3);
            int xor = 1 << (bit & 7);
            if (rightChecksums) {
                keeper.change(at, xor);
            } else {
                byte old = packet.memory().get(ValueLayout.JAVA_BYTE, at);
                packet.memory().set(ValueLayout.JAVA_BYTE, at, (byte) (old ^ xor));
            }
        }
    }
}
