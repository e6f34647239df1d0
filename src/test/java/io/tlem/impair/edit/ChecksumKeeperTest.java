package io.tlem.impair.edit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.EditModel;
import io.tlem.impair.LinkModels;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Bit errors with checksums made right: what a packet is stays, and everybody who checks it is content. */
class ChecksumKeeperTest {
    private static final int AT = 32; // where frames are in the memory

    private final MemorySegment memory = Arena.ofAuto().allocate(4096, 64);

    private void load(byte[] frame) {
        memory.fill((byte) 0xA5);
        MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, AT, frame.length);
    }

    private byte[] stored(int length) {
        return memory.asSlice(AT, length).toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void randomFramesStayWhatTheyAre() {
        EditModel corrupt = LinkModels.of(Map.of(Role.CORRUPT, "bits,1,n=8,checksum=fix"), new RandomStreams(3, 0))
                .corrupt();
        RandomFrames frames = new RandomFrames(7);
        PacketContext packet = new PacketContext();
        Map<Integer, Integer> changed = new TreeMap<>();
        for (int i = 0; i < 60_000; i++) {
            byte[] before = frames.next();
            assertEquals("", RandomFrames.wrong(before));
            load(before);
            packet.reset(memory, AT, before.length, 0);
            corrupt.edit(packet);
            byte[] after = stored(before.length);
            RandomFrames.Shape shape = new RandomFrames.Shape(before);
            String frame = HexFormat.of().formatHex(before) + " became "
                    + HexFormat.of().formatHex(after);
            assertEquals(shape.identity(before), new RandomFrames.Shape(after).identity(after), frame);
            assertEquals("", RandomFrames.wrong(after), frame);
            assertEquals(
                    shape.zeroIsNone() && shape.checksum > 0 && RandomFrames.get(before, shape.checksum) == 0,
                    shape.zeroIsNone() && shape.checksum > 0 && RandomFrames.get(after, shape.checksum) == 0,
                    frame);
            if (java.util.Arrays.mismatch(before, after) >= 0) {
                changed.merge(shape.checksum > 0 ? shape.protocol : -1, 1, Integer::sum);
            }
        }
        for (int protocol : new int[] {
            RandomFrames.TCP,
            RandomFrames.UDP,
            RandomFrames.UDP_LITE,
            RandomFrames.ICMP,
            RandomFrames.ICMPV6,
            RandomFrames.IGMP
        }) {
            assertTrue(changed.getOrDefault(protocol, 0) > 1000, protocol + " of " + changed);
        }
    }

    /** Bytes that checksums do not cover may change, those of a later or broken part may not: it is all or nothing. */
    @Test
    void whatCannotBeMadeRightIsLeftAlone() {
        ChecksumKeeper keeper = new ChecksumKeeper();
        RandomFrames frames = new RandomFrames(8);
        int seen = 0;
        while (seen < 2000) {
            byte[] frame = frames.next();
            RandomFrames.Shape shape = new RandomFrames.Shape(frame);
            if (shape.version == 0 || (shape.checksum > 0 && !shape.fragment)) {
                continue;
            }
            seen++;
            load(frame);
            keeper.parse(memory, AT, frame.length);
            for (int i = shape.headerEnd; i < Math.min(shape.end, frame.length); i++) {
                assertTrue(!keeper.change(AT + i, 1), HexFormat.of().formatHex(frame) + " at " + i);
            }
        }
    }

    /** A sum of 0 says that there is none (RFC 768), so it is stored as 0xFFFF, which is the same number. */
    @Test
    void zeroIsStoredAsAllOnes() {
        ChecksumKeeper keeper = new ChecksumKeeper();
        RandomFrames frames = new RandomFrames(9);
        SplittableRandom random = new SplittableRandom(9);
        int zeros = 0;
        while (zeros < 500) {
            byte[] frame = frames.next();
            RandomFrames.Shape shape = new RandomFrames.Shape(frame);
            boolean isUdp = shape.checksum > 0 && shape.zeroIsNone() && shape.coveredEnd >= shape.transport + 12;
            if (!isUdp || RandomFrames.get(frame, shape.checksum) == 0) {
                continue;
            }
            int at = shape.transport + 10 + random.nextInt(2);
            int xor = 1 << random.nextInt(8);
            frame[at] ^= (byte) xor;
            RandomFrames.set(frame, shape.checksum, 0);
            RandomFrames.set(frame, shape.transport + 8, 0);
            RandomFrames.set(frame, shape.transport + 8, ~RandomFrames.fold(shape.sum(frame)));
            frame[at] ^= (byte) xor; // now the sum is 0 with the bit inverted
            int value = ~RandomFrames.fold(shape.sum(frame)) & 0xFFFF;
            RandomFrames.set(frame, shape.checksum, value);
            load(frame);
            keeper.parse(memory, AT, frame.length);
            assertTrue(keeper.change(AT + at, xor));
            byte[] after = stored(frame.length);
            assertEquals(0xFFFF, RandomFrames.get(after, shape.checksum));
            assertEquals("", RandomFrames.wrong(after));
            zeros++;
        }
    }
}
