package io.tlem.impair.edit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.EditModel;
import io.tlem.impair.LinkModels;
import io.tlem.impair.LossModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets that models change: which bits, and whether checksums stay right. Checksums are computed anew, not adjusted. */
class EditModelsTest {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int AT = 32; // where frames are in the memory

    private final MemorySegment memory = Arena.ofAuto().allocate(4096, 64);
    private final MemorySegment before = Arena.ofAuto().allocate(4096, 64);
    private final PacketContext packet = new PacketContext();

    private int ip;
    private int transport;
    private int end;

    /** A frame of random content with right checksums. */
    private int frame(SplittableRandom random, int version, int tags, int protocol, int payload) {
        for (int i = 0; i < 4096; i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
        ip = AT + 14 + 4 * tags;
        for (int i = 0; i < tags; i++) {
            put(AT + 12 + 4 * i, i == 0 && tags == 2 ? 0x88A8 : 0x8100);
        }
        put(ip - 2, version == 4 ? 0x0800 : 0x86DD);
        transport = ip + (version == 4 ? 24 : 40); // with an option
        int transportBytes = (protocol == 6 ? 20 : 8) + payload;
        end = transport + transportBytes;
        if (version == 4) {
            memory.set(ValueLayout.JAVA_BYTE, ip, (byte) 0x46);
            put(ip + 2, end - ip);
            put(ip + 6, 0x4000);
            memory.set(ValueLayout.JAVA_BYTE, ip + 9, (byte) protocol);
            put(ip + 10, 0);
            put(ip + 10, ~sum(ip, transport));
        } else {
            memory.set(ValueLayout.JAVA_BYTE, ip, (byte) (0x60 | (memory.get(ValueLayout.JAVA_BYTE, ip) & 0xF)));
            put(ip + 4, transportBytes);
            memory.set(ValueLayout.JAVA_BYTE, ip + 6, (byte) protocol);
        }
        if (protocol == 17) {
            put(transport + 4, transportBytes);
        }
        int field = transport + (protocol == 6 ? 16 : 6);
        put(field, 0);
        int checksum = ~fold(sum(transport, end) + pseudo(version, protocol)) & 0xFFFF;
        put(field, protocol == 17 && checksum == 0 ? 0xFFFF : checksum);
        assertTrue(checksumsAreRight(version, protocol));
        MemorySegment.copy(memory, 0, before, 0, 4096);
        packet.reset(memory, AT, end - AT, 0);
        return end - AT;
    }

    private void put(int at, int value) {
        memory.set(SHORT, at, (short) value);
    }

    private static int fold(int sum) {
        int folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xFFFF) + (folded >>> 16);
        }
        return folded;
    }

    private int sum(int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i += 2) {
            int low = i + 1 < to ? memory.get(ValueLayout.JAVA_BYTE, i + 1) & 0xFF : 0;
            sum += (memory.get(ValueLayout.JAVA_BYTE, i) & 0xFF) << 8 | low;
        }
        return fold(sum);
    }

    private int pseudo(int version, int protocol) {
        int addresses = version == 4 ? sum(ip + 12, ip + 20) : sum(ip + 8, ip + 40);
        return addresses + protocol + end - transport;
    }

    private boolean checksumsAreRight(int version, int protocol) {
        return (version == 6 || sum(ip, transport) == 0xFFFF)
                && fold(sum(transport, end) + pseudo(version, protocol)) == 0xFFFF;
    }

    private int changedBits() {
        int bits = 0;
        for (int i = 0; i < 4096; i++) {
            int xor = memory.get(ValueLayout.JAVA_BYTE, i) ^ before.get(ValueLayout.JAVA_BYTE, i);
            if (i < AT || i >= AT + packet.lengthBytes()) {
                assertEquals(0, xor, "outside the packet");
            }
            bits += Integer.bitCount(xor & 0xFF);
        }
        return bits;
    }

    private static EditModel model(Role role, String spec) {
        LinkModels models = LinkModels.of(Map.of(role, spec), new RandomStreams(1, 0));
        return role == Role.CORRUPT ? models.corrupt() : role == Role.MARK ? models.mark() : models.truncate();
    }

    @Property(tries = 2000)
    void correctedBitErrorsKeepChecksumsRight(
            @ForAll boolean six,
            @ForAll boolean tcp,
            @ForAll @IntRange(min = 0, max = 2) int tags,
            @ForAll @IntRange(min = 0, max = 101) int payload,
            @ForAll long seed) {
        int version = six ? 6 : 4;
        int protocol = tcp ? 6 : 17;
        frame(new SplittableRandom(seed), version, tags, protocol, payload);
        LinkModels models = LinkModels.of(Map.of(Role.CORRUPT, "bits,1,n=5,checksum=fix"), new RandomStreams(seed, 0));
        models.corrupt().edit(packet);
        assertTrue(checksumsAreRight(version, protocol));
    }

    @Test
    void plainBitErrorsChangeOneBitAnywhere() {
        EditModel corrupt = model(Role.CORRUPT, "1");
        SplittableRandom random = new SplittableRandom(1);
        boolean[] hit = new boolean[4096];
        int length = 0;
        for (int i = 0; i < 5000; i++) {
            length = frame(random, 4, 0, 17, 20);
            corrupt.edit(packet);
            assertEquals(1, changedBits());
            hit[(int) (MemorySegment.mismatch(memory, 0, 4096, before, 0, 4096) - AT)] = true;
        }
        for (int i = 0; i < length; i++) {
            assertTrue(hit[i], "byte " + i + " was never hit");
        }
    }

    @Test
    void aPatternIsInvertedAtItsPlace() {
        frame(new SplittableRandom(1), 4, 0, 17, 20);
        model(Role.CORRUPT, "pattern,1,42,ff01").edit(packet);
        assertEquals(9, changedBits());
        assertEquals(42, MemorySegment.mismatch(memory, 0, 4096, before, 0, 4096) - AT);
        packet.reset(memory, AT, 43, 0);
        MemorySegment.copy(before, 0, memory, 0, 4096);
        model(Role.CORRUPT, "pattern,1,42,ff01").edit(packet);
        assertEquals(8, changedBits());
    }

    @ParameterizedTest
    @CsvSource({"4, 0", "4, 2", "6, 0", "6, 1"})
    void congestionIsMarkedWhereTheSenderTakesPart(int version, int tags) {
        EditModel mark = model(Role.MARK, "1");
        SplittableRandom random = new SplittableRandom(1);
        for (int codepoint = 0; codepoint < 4; codepoint++) {
            frame(random, version, tags, 6, 33);
            int shift = version == 4 ? 0 : 4;
            put(ip, (Short.toUnsignedInt(memory.get(SHORT, ip)) & ~(3 << shift)) | codepoint << shift);
            if (version == 4) {
                put(ip + 10, 0);
                put(ip + 10, ~sum(ip, transport));
            }
            MemorySegment.copy(memory, 0, before, 0, 4096);
            mark.edit(packet);
            int after = Short.toUnsignedInt(memory.get(SHORT, ip)) >> shift & 3;
            assertEquals(codepoint == 0 ? 0 : 3, after);
            assertTrue(checksumsAreRight(version, 6));
            assertEquals(codepoint == 0 || codepoint == 3, changedBits() == 0);
        }
    }

    /** netem's ecn: what the model would lose is marked where the sender takes part, and lost where not. */
    @ParameterizedTest
    @ValueSource(strings = {"random,0.3,25%", "gemodel,10%,30%,90%,5%", "state,10%,30%,20%,50%,1%"})
    void lossMarksInstead(String spec) {
        LossModel loses = Models.loss(spec, new RandomStreams(1, 0));
        LinkModels models = LinkModels.of(Map.of(Role.LOSS, spec + ",ecn=on"), new RandomStreams(1, 0));
        assertTrue(models.edits());
        SplittableRandom random = new SplittableRandom(1);
        int[] marked = new int[2];
        for (int i = 0; i < 2000; i++) {
            frame(random, 4, 0, 6, 33);
            boolean takesPart = random.nextBoolean();
            put(ip, (Short.toUnsignedInt(memory.get(SHORT, ip)) & ~3) | (takesPart ? 2 : 0));
            MemorySegment.copy(memory, 0, before, 0, 4096);
            boolean chosen = loses.loses(packet);
            assertEquals(chosen && !takesPart, models.loss().loses(packet));
            assertEquals(chosen && takesPart, changedBits() > 0);
            marked[chosen ? 1 : 0]++;
        }
        assertTrue(marked[0] > 100 && marked[1] > 100);
    }

    @Test
    void correlatedCorruptionComesInRuns() {
        EditModel corrupt = model(Role.CORRUPT, "0.5,correlation=0.9");
        SplittableRandom random = new SplittableRandom(1);
        int changes = 0;
        boolean last = false;
        for (int i = 0; i < 20_000; i++) {
            frame(random, 4, 0, 17, 20);
            corrupt.edit(packet);
            boolean now = changedBits() > 0;
            changes += now != last ? 1 : 0;
            last = now;
        }
        // A stationary AR(1) of 0.9 crosses its median with arccos(0.9) / pi, were it normal; 10000 without
        // correlation.
        assertEquals(20_000 * Math.acos(0.9) / Math.PI, changes, 400);
    }

    /** Anything may come: truncated headers, lengths that lie. */
    @Property(tries = 3000)
    void noContentMakesItFail(@ForAll long seed, @ForAll @IntRange(min = 0, max = 120) int length) {
        SplittableRandom random = new SplittableRandom(seed);
        frame(random, random.nextBoolean() ? 4 : 6, random.nextInt(3), random.nextBoolean() ? 6 : 17, 20);
        for (int i = 0; i < 3; i++) {
            memory.set(ValueLayout.JAVA_BYTE, AT + random.nextInt(120), (byte) random.nextInt());
        }
        MemorySegment.copy(memory, 0, before, 0, 4096);
        packet.reset(memory, AT, length, 0);
        model(Role.MARK, "1").edit(packet);
        model(Role.CORRUPT, "bits,1,n=20,checksum=fix").edit(packet);
        model(Role.CORRUPT, "bits,1,n=20").edit(packet);
        assertTrue(changedBits() >= 0);
    }

    @Test
    void packetsAreCutOff() {
        EditModel truncate = model(Role.TRUNCATE, "length,0.5,100");
        int cut = 0;
        for (int i = 0; i < 1000; i++) {
            packet.reset(memory, AT, 90 + i, 0);
            truncate.edit(packet);
            assertTrue(packet.lengthBytes() == 90 + i || (packet.lengthBytes() == 100 && i > 10));
            cut += packet.lengthBytes() != 90 + i ? 1 : 0;
        }
        assertTrue(cut > 440 && cut < 560, "cut " + cut);
        assertFalse(cut == 1000);
    }
}
