package io.tlem.impair.edit;

import static io.tlem.impair.Parameter.optional;
import static io.tlem.impair.Parameter.required;

import io.tlem.impair.Arguments;
import io.tlem.impair.EditModel;
import io.tlem.impair.ModelKind;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.Parameter;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.impair.random.CorrelatedChance;
import io.tlem.wire.IpPacket;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/** What comes with the emulator to change packets. */
public final class EditModels implements ModelLibrary {
    private static final Parameter P = required("p", Unit.PROBABILITY, "of each packet");
    private static final int MAX_BYTES = 65_535;
    private static final int MAX_BITS = 1000;
    private static final String KEEP = "keep";
    private static final String FIX = "fix";

    @Override
    public List<ModelKind> kinds() {
        return List.of(
                new ModelKind(
                        Role.CORRUPT,
                        "bits",
                        List.of(
                                P,
                                optional("n", Unit.COUNT, "1", "bits to invert, 1 to 1000"),
                                optional(
                                        "checksum",
                                        Unit.WORD,
                                        KEEP,
                                        "fix: the packet stays what it is, its checksums right; or keep"),
                                optional("correlation", Unit.PROBABILITY, "0", "from packet to packet, as in netem")),
                        "inverts N random bits of packets with probability P",
                        "0.1%",
                        (arguments, random) -> new BitErrors(
                                new CorrelatedChance(
                                        arguments.probability("p"), arguments.probability("correlation"), random),
                                (int) arguments.count("n", 1, MAX_BITS),
                                arguments.word("checksum", List.of(KEEP, FIX)).equals(FIX),
                                random)),
                new ModelKind(
                        Role.CORRUPT,
                        "pattern",
                        List.of(
                                P,
                                required("place", Unit.COUNT, "first byte to change, from 0 at the Ethernet header"),
                                required("xor", Unit.WORD, "bits to invert, as hexadecimal digits")),
                        "inverts the bits of a pattern at a place of packets with probability P",
                        "pattern,1%,42,ff00",
                        EditModels::pattern),
                new ModelKind(
                        Role.MARK,
                        "ecn",
                        List.of(P),
                        "marks packets of senders that take part in ECN as having met congestion, with probability P",
                        "1%",
                        EditModels::mark),
                new ModelKind(
                        Role.TRUNCATE,
                        "length",
                        List.of(P, required("length", Unit.COUNT, "bytes that stay, 14 to 65535")),
                        "cuts packets off after LENGTH bytes with probability P",
                        "length,1%,100",
                        EditModels::truncate));
    }

    private static EditModel pattern(Arguments arguments, RandomGenerator random) {
        String digits = arguments.texts("xor").get(0);
        byte[] pattern;
        try {
            pattern = HexFormat.of().parseHex(digits.startsWith("0x") ? digits.substring(2) : digits);
        } catch (IllegalArgumentException e) {
            throw new SpecException("'" + digits + "' is not a pattern; it is an even number of hexadecimal digits");
        }
        return new PatternErrors(
                arguments.probability("p"), (int) arguments.count("place", 0, MAX_BYTES), pattern, random);
    }

    private static EditModel mark(Arguments arguments, RandomGenerator random) {
        double probability = arguments.probability("p");
        IpPacket ip = new IpPacket();
        return packet -> {
            if (random.nextDouble() < probability) {
                ip.parse(packet.memory(), packet.offset(), packet.lengthBytes());
                ip.markCongestion();
            }
        };
    }

    private static EditModel truncate(Arguments arguments, RandomGenerator random) {
        double probability = arguments.probability("p");
        int length = (int) arguments.count("length", 14, MAX_BYTES);
        return packet -> {
            if (random.nextDouble() < probability && packet.lengthBytes() > length) {
                packet.truncate(length);
            }
        };
    }
}
