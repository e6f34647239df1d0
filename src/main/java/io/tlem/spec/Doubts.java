package io.tlem.spec;

import io.tlem.impair.BandwidthModel;
import io.tlem.impair.DelayModel;
import io.tlem.impair.Models;
import io.tlem.impair.Models.Given;
import io.tlem.impair.PacketContext;
import io.tlem.impair.Parameter.Unit;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.impair.SpecLines;
import io.tlem.impair.Units;
import io.tlem.stats.Format;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What can be done as it was asked for, and is probably not what was meant: a line each. */
public final class Doubts {
    private static final Pattern BARE = Pattern.compile("[0-9.]+");
    private static final long SECOND = 1_000_000_000L;
    private static final int FULL_SIZE = 1514;
    private static final long SLOW = 1000;
    private static final long ASSUMED_BITS_PER_SECOND = 1_000_000_000L;
    private static final int TRIED_PACKETS = 20_000;

    /** Roles whose times nobody gives in seconds. */
    private static final Set<Role> SHORT = Set.of(Role.DELAY, Role.DELAY_OFFSET, Role.REORDER, Role.DUPLICATE);

    /** Kinds that do something with a packet each time with a probability. */
    private static final Set<String> CHANCES = Set.of("plr", "random", "ber", "bits", "length");

    /** Delays of a file, whose last word of a line is one. */
    private static final Set<String> FILES = Set.of("samples", "trace");

    private final DirectionSpec spec;
    private final List<String> lines = new ArrayList<>();

    private Doubts(DirectionSpec spec) {
        this.spec = spec;
    }

    /** About both directions, each line once. */
    public static List<String> of(LinkSpec spec) {
        return Stream.of(spec.direction(0), spec.direction(1))
                .flatMap(direction -> of(direction).stream())
                .distinct()
                .toList();
    }

    /** About a direction that has been checked; its models' names of options begin each line. */
    public static List<String> of(DirectionSpec spec) {
        Doubts doubts = new Doubts(spec);
        spec.models().forEach((role, text) -> Models.given(role, text).forEach(given -> doubts.argument(role, given)));
        doubts.combinations();
        return doubts.lines;
    }

    private void add(Role role, String doubt) {
        lines.add(role.option() + " " + spec.of(role) + ": " + doubt);
    }

    private void argument(Role role, Given given) {
        String value = given.value();
        boolean bare = BARE.matcher(value).matches();
        Unit unit = given.parameter().unit();
        if (unit == Unit.PROBABILITY
                && value.equals("1")
                && CHANCES.contains(given.kind().name())
                && given.parameter().name().equals("p")) {
            boolean loss = role == Role.LOSS || role == Role.LOSS_AFTER;
            add(
                    role,
                    (loss ? "every packet is lost" : "this is done to every packet") + "; 1% is one in a hundred, and"
                            + " 100% says that all are meant");
        } else if (unit == Unit.TIME && bare && SHORT.contains(role) && Units.parseTime(value) >= SECOND) {
            add(role, value + " without a unit is " + value + " seconds; " + value + "ms is milliseconds");
        } else if (unit == Unit.BANDWIDTH && bare) {
            long rate = Units.parseBandwidth(value);
            if (rate > 0 && rate < SLOW) {
                add(
                        role,
                        value + " without a unit is " + value + " bit/s, at which a packet of " + FULL_SIZE
                                + " bytes takes " + Format.nanos(8L * FULL_SIZE * SECOND / rate) + "; " + value
                                + "M is Mbit/s");
            }
        } else if (unit == Unit.SIZE && bare && role == Role.QUEUE) {
            long bytes = Units.parseBytes(value);
            if (bytes > 0 && bytes < FULL_SIZE) {
                add(
                        role,
                        value + " without a unit is " + value + " bytes, less than one packet of full size; packets,"
                                + value + " is " + value + " packets, and " + value + "k is KiB");
            }
        } else if (unit == Unit.FILE
                && role == Role.DELAY
                && FILES.contains(given.kind().name())) {
            delaysOfFile(Path.of(value));
        }
    }

    private void delaysOfFile(Path file) {
        try (SpecLines content = new SpecLines(file, Integer.MAX_VALUE)) {
            String[] words = content.nextContent().split("\\s+", -1);
            String first = words[words.length - 1];
            long longest = delay().maxNanos();
            if (BARE.matcher(first).matches() && longest >= SECOND) {
                add(
                        Role.DELAY,
                        "numbers without a unit, such as " + first + ", are seconds, and the longest delay is "
                                + Format.nanos(longest) + "; " + first + "ms is milliseconds");
            }
        }
    }

    private void combinations() {
        boolean limited = !spec.of(Role.BANDWIDTH).isEmpty();
        if (!limited && !spec.of(Role.QUEUE).isEmpty()) {
            add(Role.QUEUE, "there is never a queue before a link without a bandwidth; -B gives it one");
        }
        if (spec.of(Role.DELAY).isEmpty()) {
            if (!spec.of(Role.DELAY_OFFSET).isEmpty()) {
                add(Role.DELAY_OFFSET, "there is no delay to subtract it from; -D gives one");
            }
            return;
        }
        DelayModel delay = delay();
        boolean varies = delay.minNanos() < delay.maxNanos();
        if (!varies && spec.of(Role.REORDER).equals("jitter")) {
            add(Role.REORDER, "the delay does not vary, so no packet overtakes another");
        }
        boolean keeps = spec.of(Role.REORDER).isEmpty() && Set.of("", "keep").contains(spec.of(Role.ORDER));
        if (varies && keeps) {
            keptOrder(delay);
        }
    }

    /** A packet that waits for a slow one ahead makes those behind wait too: the more, the closer they follow. */
    private void keptOrder(DelayModel delay) {
        BandwidthModel bandwidth = Models.bandwidth(spec.of(Role.BANDWIDTH), new RandomStreams(0, 0));
        long rate = bandwidth.maxBitsPerSecond();
        if (rate <= 0 || rate > ASSUMED_BITS_PER_SECOND) {
            rate = ASSUMED_BITS_PER_SECOND;
        }
        PacketContext packet = new PacketContext();
        long[] own = new long[TRIED_PACKETS];
        long[] kept = new long[TRIED_PACKETS];
        long release = 0;
        for (int i = 0; i < TRIED_PACKETS; i++) {
            long exit = (long) (i * (8e9 * FULL_SIZE / rate));
            packet.reset(packet.memory(), 0, FULL_SIZE, exit);
            packet.setLinkExitNanos(exit);
            own[i] = delay.delayNanos(packet);
            release = Math.max(release, exit + own[i]);
            packet.setReleaseNanos(release);
            kept[i] = release - exit;
        }
        Arrays.sort(own);
        Arrays.sort(kept);
        long asked = own[TRIED_PACKETS / 2];
        long median = kept[TRIED_PACKETS / 2];
        if (median > 2 * asked) {
            add(
                    Role.DELAY,
                    "packets keep their order, which at " + Format.bitsPerSecond((double) rate)
                            + " raises the median delay from " + Format.nanos(asked) + " to " + Format.nanos(median)
                            + "; -R jitter lets them overtake, -P spaced and -P drop keep the distribution");
        }
    }

    private DelayModel delay() {
        return Models.delay(spec.of(Role.DELAY), new RandomStreams(0, 0));
    }
}
