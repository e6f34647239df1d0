package io.tlem.scenario;

import io.tlem.spec.LinkSpec;
import io.tlem.spec.Node;
import io.tlem.spec.Place;
import java.nio.file.Path;
import java.util.List;

/** Something that happens in a scenario, at a time since its beginning or since that of the pass of the loop it is in. */
sealed interface Step {
    /** Ns. */
    long startNanos();

    /** Ns from its start to its end; {@link #FOREVER} for what does not end. */
    default long lengthNanos() {
        return 0;
    }

    long FOREVER = Long.MAX_VALUE;

    /** When it has ended. */
    default long endNanos() {
        return lengthNanos() == FOREVER ? FOREVER : startNanos() + lengthNanos();
    }

    /** About how many changes it is, in one pass of a loop without end. */
    default double changes() {
        return 1;
    }

    /**
     * Gives keys of a configuration other values.
     *
     * @param part of a configuration
     * @param folder what relative files are relative to
     */
    record Set(long startNanos, Node.Mapping part, Path folder) implements Step {
        LinkSpec apply(LinkSpec link) {
            return io.tlem.spec.SpecReader.changed(link, part, folder);
        }
    }

    /**
     * Takes the link down, or up again.
     *
     * @param directions that go
     */
    record Carrier(long startNanos, boolean up, List<Integer> directions) implements Step {}

    /**
     * Lets numbers grow or shrink from what they are.
     *
     * @param target what they become
     * @param everyNanos width of a step
     */
    record Ramp(long startNanos, Set target, long lengthNanos, long everyNanos, Shape shape, Place place)
            implements Step {
        @Override
        public double changes() {
            return shape == Shape.STEP ? 1 : Math.ceilDiv(lengthNanos, everyNanos);
        }
    }

    /** How a ramp gets from one value to another. */
    enum Shape {
        LINEAR {
            @Override
            double at(double part) {
                return part;
            }
        },
        /** Slow at both ends. */
        SMOOTH {
            @Override
            double at(double part) {
                return part * part * (3 - 2 * part);
            }
        },
        /** At the end, at once. */
        STEP {
            @Override
            double at(double part) {
                return part < 1 ? 0 : 1;
            }
        };

        /** How much of the way is done, 0 to 1, when so much of the time is over. */
        abstract double at(double part);
    }

    /** Is a time with a name, for those who wait for it. */
    record Point(long startNanos, String name) implements Step {}

    /** Plays a table. */
    record Rows(long startNanos, Table table, List<Integer> directions) implements Step {
        @Override
        public long lengthNanos() {
            return table.rows().getLast().nanos();
        }

        @Override
        public double changes() {
            return table.rows().size();
        }
    }

    /**
     * Steps again and again.
     *
     * @param passes {@link #FOREVER} without end
     * @param everyNanos from pass to pass
     */
    record Loop(long startNanos, List<Step> steps, long passes, long everyNanos) implements Step {
        @Override
        public long lengthNanos() {
            return passes == FOREVER ? FOREVER : passes * everyNanos;
        }

        @Override
        public double changes() {
            return (passes == FOREVER ? 1 : passes) * changesOfAPass(steps);
        }

        static double changesOfAPass(List<Step> steps) {
            return steps.stream().mapToDouble(Step::changes).sum();
        }
    }
}
