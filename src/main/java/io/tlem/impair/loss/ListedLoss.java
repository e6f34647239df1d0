package io.tlem.impair.loss;

import io.tlem.impair.LossModel;
import io.tlem.impair.PacketContext;
import io.tlem.impair.SpecException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Loses the packets whose numbers, counted from 1, are in a list of numbers and ranges, and none behind the last of them.
 */
final class ListedLoss implements LossModel {
    private static final Pattern ENTRY = Pattern.compile("([0-9]{1,15})(?:\\s*-\\s*([0-9]{1,15}))?");

    private final long[] firsts; // of ranges that ascend and do not touch each other
    private final long[] lasts;
    private int range;
    private long number;

    private record Range(long first, long last) {}

    /**
     * Takes a list apart.
     *
     * @param entries {@code 7} or {@code 10-20}, in any order; they may overlap
     */
    ListedLoss(List<String> entries) {
        List<Range> merged = merge(entries.stream()
                .map(ListedLoss::parse)
                .sorted(Comparator.comparingLong(Range::first))
                .toList());
        firsts = merged.stream().mapToLong(Range::first).toArray();
        lasts = merged.stream().mapToLong(Range::last).toArray();
    }

    private static Range parse(String entry) {
        Matcher matcher = ENTRY.matcher(entry.strip());
        if (!matcher.matches()) {
            throw new SpecException(
                    "'" + entry + "' is neither the number of a packet nor a range of numbers, such as 10-20");
        }
        long first = Long.parseLong(matcher.group(1));
        long last = matcher.group(2) == null ? first : Long.parseLong(matcher.group(2));
        if (first == 0) {
            throw new SpecException("'" + entry + "': packets are counted from 1");
        }
        if (last < first) {
            throw new SpecException("'" + entry + "': the range ends before it begins");
        }
        return new Range(first, last);
    }

    private static List<Range> merge(List<Range> ascending) {
        List<Range> merged = new ArrayList<>();
        for (Range next : ascending) {
            Range before = merged.isEmpty() ? null : merged.get(merged.size() - 1);
            if (before != null && next.first() <= before.last() + 1) {
                merged.set(merged.size() - 1, new Range(before.first(), Math.max(before.last(), next.last())));
            } else {
                merged.add(next);
            }
        }
        return merged;
    }

    @Override
    public boolean loses(PacketContext packet) {
        number++;
        if (range == firsts.length || number < firsts[range]) {
            return false;
        }
        if (number == lasts[range]) {
            range++;
        }
        return true;
    }
}
