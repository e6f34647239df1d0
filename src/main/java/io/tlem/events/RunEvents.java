package io.tlem.events;

import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.DropReason;
import io.tlem.stats.Drops;
import io.tlem.stats.Sample;
import io.tlem.thread.HiccupMeter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * What the samples of a run show, and pauses of the machine, as events: {@code tlem.DropBurst}, {@code tlem.Overrun}, {@code
 * tlem.BufferFull} and {@code tlem.MachinePause}. What nobody records is not worked out. Used by one thread.
 */
public final class RunEvents implements AutoCloseable {
    /** Packets that leave later than that are an overrun. */
    private static final long LATE_NANOS = HiccupMeter.LONG_NANOS;

    private final String link;
    private final Function<LongConsumer, Runnable> watch;
    private final List<Way> ways = new ArrayList<>();
    private Runnable unwatch; // null while nobody records pauses
    private MachinePauseEvent pause; // of the thread that watches

    /**
     * Begins when the link does.
     *
     * @param link its name
     * @param directions such as {@code a->b}, in the order of the samples
     */
    public RunEvents(String link, List<String> directions) {
        this(link, directions, each -> new HiccupMeter(each)::close);
    }

    /** @param watch begins to tell how much too late the machine wakes an idle thread, ns; what it returns ends that */
    RunEvents(String link, List<String> directions, Function<LongConsumer, Runnable> watch) {
        this.link = link;
        this.watch = watch;
        directions.forEach(direction -> ways.add(new Way(link, direction)));
        lookForPauses(false);
    }

    /** What happened since the sample before. */
    public void interval(Sample sample) {
        for (int i = 0; i < ways.size(); i++) {
            ways.get(i).interval(sample.span().get(i), sample.last());
        }
        lookForPauses(sample.last());
    }

    private void lookForPauses(boolean last) {
        boolean wanted = !last && new MachinePauseEvent().isEnabled();
        if (wanted && unwatch == null) {
            pause = new MachinePauseEvent();
            pause.begin();
            unwatch = watch.apply(this::woke);
        } else if (!wanted) {
            close();
        }
    }

    private void woke(long lateNanos) {
        if (lateNanos >= LATE_NANOS) {
            pause.link = link;
            pause.late = lateNanos;
            pause.commit();
        }
        pause = new MachinePauseEvent();
        pause.begin();
    }

    @Override
    public void close() {
        if (unwatch != null) {
            unwatch.run();
            unwatch = null;
        }
    }

    /** One direction. */
    private static final class Way {
        private final Episode<DropBurstEvent> drops;
        private final Episode<OverrunEvent> overrun;
        private final Episode<BufferFullEvent> full;

        Way(String link, String direction) {
            drops = new Episode<>(() -> {
                DropBurstEvent event = new DropBurstEvent();
                event.link = link;
                event.direction = direction;
                event.reasons = "";
                return event;
            });
            overrun = new Episode<>(() -> {
                OverrunEvent event = new OverrunEvent();
                event.link = link;
                event.direction = direction;
                return event;
            });
            full = new Episode<>(() -> {
                BufferFullEvent event = new BufferFullEvent();
                event.link = link;
                event.direction = direction;
                return event;
            });
        }

        void interval(DirectionSample span, boolean last) {
            drops.interval(drops.event() != null && add(span, drops.event()), last);
            overrun.interval(overrun.event() != null && add(span, overrun.event()), last);
            full.interval(full.event() != null && add(span, full.event()), last);
        }

        private static boolean add(DirectionSample span, DropBurstEvent event) {
            long before = event.packets;
            for (DropReason reason : DropReason.values()) {
                Drops dropped = span.delta().dropped(reason);
                if (dropped.packets() > 0) {
                    event.packets += dropped.packets();
                    event.bytes += dropped.bytes();
                    if (!List.of(event.reasons.split(" ")).contains(reason.label())) {
                        event.reasons = (event.reasons + " " + reason.label()).strip();
                    }
                }
            }
            return event.packets > before;
        }

        private static boolean add(DirectionSample span, OverrunEvent event) {
            long late = span.lateness().getMaxValue();
            long tooLate = span.delta().dropped(DropReason.LATE).packets();
            event.mostLate = Math.max(event.mostLate, late);
            event.packetsTooLate += tooLate;
            return late >= LATE_NANOS || tooLate > 0;
        }

        private static boolean add(DirectionSample span, BufferFullEvent event) {
            Drops dropped = span.delta().dropped(DropReason.BUFFER);
            long waited = span.delta().get(Counter.WAITED_NANOS);
            event.packets += dropped.packets();
            event.bytes += dropped.bytes();
            event.waited += waited;
            return dropped.packets() > 0 || waited > 0;
        }
    }
}
