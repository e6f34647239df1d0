package io.tlem.scenario;

import io.tlem.impair.Role;
import io.tlem.impair.SpecException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/** The edits of a scenario in the order of time, one after the other: a loop without end has edits without end. */
final class Timeline {
    /** Where nobody knows what others have taken down. */
    static final IntFunction<String> UNKNOWN_OUTAGES = direction -> "";

    private static final String DOWN = "down";

    private final PriorityQueue<Due> due =
            new PriorityQueue<>(Comparator.comparingLong(Due::nanos).thenComparingLong(Due::order));
    private final Map<Integer, String> outages = new HashMap<>(); // by direction, of a link that a step has taken down
    private final IdentityHashMap<Step.Set, Made> made = new IdentityHashMap<>();
    private final IntFunction<String> outagesWhileUp;
    private final boolean coarse;
    private final long fromNanos;
    private final List<String> reached = new ArrayList<>(); // of the edit that is being made
    private long order;

    /** What a step has made of a link the last time: in a loop it often is the same again. */
    private record Made(LinkSpec before, LinkSpec after) {}

    /** Something that is going to happen. */
    private record Due(long nanos, long order, Happening happening) {}

    /** Something that happens. */
    private interface Happening {
        /**
         * It is time.
         *
         * @param link what it is before
         * @return what becomes of it
         */
        UnaryOperator<LinkSpec> happen(long nanos, LinkSpec link);
    }

    /** @param coarse whether middle and end of a ramp stand for it, and two passes of a loop for many */
    Timeline(List<Step> steps, boolean coarse) {
        this(steps, coarse, 0, UNKNOWN_OUTAGES);
    }

    /**
     * As the other, for somebody who goes through the time before another one at once.
     *
     * @param fromNanos before which only those edits are there that what is then depends on: of ramps the last step, of loops the last
     *     passes, of tables one line with what all have said
     * @param outagesWhileUp what the outage of a direction is when it goes up that somebody else has taken down; empty when that is
     *     not known
     */
    Timeline(List<Step> steps, boolean coarse, long fromNanos, IntFunction<String> outagesWhileUp) {
        this.outagesWhileUp = outagesWhileUp;
        this.coarse = coarse;
        this.fromNanos = fromNanos;
        add(0, steps);
    }

    private void add(long originNanos, List<Step> steps) {
        for (Step step : steps) {
            long startNanos = originNanos + step.startNanos();
            long passed = step instanceof Step.Loop loop ? passesPassed(loop, startNanos) : 0;
            add(
                    step instanceof Step.Loop loop ? startNanos + passed * loop.everyNanos() : startNanos,
                    switch (step) {
                        case Step.Set set -> (nanos, link) -> before -> made(set, before);
                        case Step.Carrier carrier -> (nanos, link) -> before -> carrier(carrier, before);
                        case Step.Ramp ramp -> (nanos, link) -> ramp(ramp, nanos, link);
                        case Step.Point point ->
                            (nanos, link) -> {
                                reached.add(point.name());
                                return UnaryOperator.identity();
                            };
                        case Step.Rows rows -> {
                            List<Table.Row> all = coarse
                                    ? rows.table().extremes()
                                    : rows.table().rowsFrom(fromNanos - startNanos);
                            yield (nanos, link) -> row(rows, all, 0, startNanos);
                        }
                        case Step.Loop loop -> (nanos, link) -> pass(loop, passed + 1, nanos);
                    });
        }
    }

    /** How many passes there are before the one before the present one: a pass leaves what every pass leaves. */
    private long passesPassed(Step.Loop loop, long startNanos) {
        long present = Math.max(0, (fromNanos - startNanos) / loop.everyNanos());
        return Math.max(0, Math.min(present, loop.passes() - 1) - 1);
    }

    private void add(long nanos, Happening happening) {
        due.add(new Due(nanos, order++, happening));
    }

    /** When something happens next, ns since the beginning; {@link Step#FOREVER} when nothing will. */
    long nextNanos() {
        return due.isEmpty() ? Step.FOREVER : due.peek().nanos();
    }

    /**
     * All that happens next, at the same time.
     *
     * @param link what it is before
     */
    Optional<Edit> next(LinkSpec link) {
        if (due.isEmpty()) {
            return Optional.empty();
        }
        long nanos = due.peek().nanos();
        List<UnaryOperator<LinkSpec>> parts = new ArrayList<>();
        LinkSpec after = link;
        reached.clear();
        while (nextNanos() == nanos) {
            UnaryOperator<LinkSpec> part = due.remove().happening().happen(nanos, after);
            after = part.apply(after);
            parts.add(part);
        }
        return Optional.of(new Edit(nanos, parts, List.copyOf(reached)));
    }

    private UnaryOperator<LinkSpec> pass(Step.Loop loop, long number, long nanos) {
        add(nanos, loop.steps());
        if (number < (coarse ? Math.min(loop.passes(), 2) : loop.passes())) {
            add(nanos + loop.everyNanos(), (later, link) -> pass(loop, number + 1, later));
        }
        return UnaryOperator.identity();
    }

    /** A table's first row need not be at its beginning. */
    private UnaryOperator<LinkSpec> row(Step.Rows rows, List<Table.Row> all, int number, long startNanos) {
        if (number < all.size()) {
            Table.Row row = all.get(number);
            add(startNanos + row.nanos(), (nanos, link) -> {
                UnaryOperator<LinkSpec> ignored = row(rows, all, number + 1, startNanos);
                return before -> row.apply(before, rows.directions());
            });
        }
        return UnaryOperator.identity();
    }

    private LinkSpec made(Step.Set set, LinkSpec before) {
        Made last = made.get(set);
        if (last == null || !last.before().equals(before)) {
            last = new Made(before, set.apply(before));
            made.put(set, last);
        }
        return last.after();
    }

    /** Made of what the link is by then: somebody else may have taken it down or up since it was planned. */
    private LinkSpec carrier(Step.Carrier carrier, LinkSpec before) {
        LinkSpec after = before;
        for (int direction : carrier.directions()) {
            String present = before.direction(direction).of(Role.OUTAGE);
            boolean down = present.equals(DOWN);
            if (!carrier.up()) {
                if (!down) {
                    outages.put(direction, present.isEmpty() ? Setting.NONE : present);
                }
                after = after.with(direction, Setting.of(Role.OUTAGE), DOWN);
            } else if (down) {
                String known = outages.getOrDefault(direction, outagesWhileUp.apply(direction));
                after = after.with(direction, Setting.of(Role.OUTAGE), known.isEmpty() ? Setting.NONE : known);
            }
        }
        return after;
    }

    /** Others have changed the link, and perhaps the outages that come back when it goes up. */
    void changedByOthers() {
        outages.replaceAll((direction, outage) -> {
            String known = outagesWhileUp.apply(direction);
            return known.isEmpty() ? outage : known;
        });
    }

    /** A number on its way. */
    private record Way(int direction, Role role, Blend blend) {
        LinkSpec apply(LinkSpec link, double part) {
            return link.with(direction, Setting.of(role), blend.at(part));
        }
    }

    private UnaryOperator<LinkSpec> ramp(Step.Ramp ramp, long startNanos, LinkSpec link) {
        List<Way> ways = ways(ramp, link);
        long all = (long) ramp.changes();
        long changes = coarse ? Math.min(all, 2) : all;
        long passed = coarse ? 0 : Math.max(0, (fromNanos - startNanos) / ramp.everyNanos());
        rampOn(ramp, ways, startNanos, Math.clamp(passed, 1, changes), changes);
        return UnaryOperator.identity();
    }

    private static List<Way> ways(Step.Ramp ramp, LinkSpec link) {
        LinkSpec target = ramp.target().apply(link);
        List<Way> ways = new ArrayList<>();
        try {
            for (int direction = 0; direction < 2; direction++) {
                for (Role role : List.of(Role.values()).reversed()) { // a queue comes and goes with the bandwidth
                    String from = link.direction(direction).of(role);
                    String to = target.direction(direction).of(role);
                    if (!from.equals(to)) {
                        ways.add(new Way(direction, role, Blend.of(role, from, to)));
                    }
                }
            }
        } catch (SpecException e) {
            throw ramp.place().wrong(e.getMessage());
        }
        return ways;
    }

    private void rampOn(Step.Ramp ramp, List<Way> ways, long startNanos, long number, long changes) {
        if (number == changes) {
            add(startNanos + ramp.lengthNanos(), (nanos, link) -> ramp.target()::apply);
            return;
        }
        long every = coarse ? ramp.lengthNanos() / 2 : ramp.everyNanos();
        double part = ramp.shape().at((double) (number * every) / ramp.lengthNanos());
        add(startNanos + number * every, (nanos, link) -> {
            rampOn(ramp, ways, startNanos, number + 1, changes);
            return before -> {
                LinkSpec after = before;
                for (Way way : ways) {
                    after = way.apply(after, part);
                }
                return after;
            };
        });
    }
}
