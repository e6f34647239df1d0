package io.tlem.record;

import io.tlem.link.Refusals;
import io.tlem.port.pcap.CaptureInterface;
import io.tlem.port.pcap.CaptureReader;
import io.tlem.port.pcap.CaptureScan;
import io.tlem.spec.ConfigException;
import io.tlem.spec.DirectionSpec;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.SpecReader;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** What a file says that a {@link Recorder} has written, but for the packets. */
public final class Recording {
    private static final int VERSION = 2;
    private static final int UNCHECKED_VERSION = 1; // which has no checksums
    private static final long NONE = -1;

    private final String name;
    private final Direction[] ways = {new Direction(), new Direction()};
    private LinkSpec spec; // null until its note is read
    private long seed;
    private long clockNanos;
    private long startNanos;
    private long scenarioNanos;
    private boolean checked; // by checksums
    private boolean ended;
    private Optional<CaptureReader.Damage> damage = Optional.empty();

    /**
     * A change of a direction.
     *
     * @param number of the first packet that other models decide about
     * @param nanos when they took over, ns of the link's clock
     * @param decidedUpToNanos see {@link io.tlem.link.Clerk#decidedUpTo}
     * @param generation of their random numbers
     * @param spec what they are
     */
    public record Change(long number, long nanos, long decidedUpToNanos, long generation, DirectionSpec spec) {}

    /** One direction. */
    private static final class Direction {
        boolean there;
        int usualBytes;
        long bufferBytes;
        long packets; // in the file
        long gap = NONE; // number of the first packet that is not
        long complete; // up to where nothing is missing
        final List<Change> changes = new ArrayList<>();
        final Numbers noRoom = new Numbers();
    }

    /** Runs of numbers, in the order in which they were added, and of their size once they are sorted. */
    private static final class Numbers {
        private long[] runs = new long[16]; // first and last of each
        private int end;

        void add(long first, long last) {
            if (end == runs.length) {
                runs = Arrays.copyOf(runs, 2 * end);
            }
            runs[end++] = first;
            runs[end++] = last;
        }

        void sort() {
            List<long[]> all = new ArrayList<>();
            for (int i = 0; i < end; i += 2) {
                all.add(new long[] {runs[i], runs[i + 1]});
            }
            all.sort(Comparator.comparingLong(run -> run[0]));
            for (int i = 0; i < end; i += 2) {
                runs[i] = all.get(i / 2)[0];
                runs[i + 1] = all.get(i / 2)[1];
            }
        }

        /** Whether one of these is in a run. */
        boolean hasAny(long first, long last) {
            int low = 0;
            int high = end / 2; // runs before low end before first; those from high on do not
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (runs[2 * middle + 1] < first) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return 2 * low < end && runs[2 * low] <= last;
        }

        boolean isEmpty() {
            return end == 0;
        }
    }

    /** Asks the runs. */
    private static final class NoRoom extends Refusals {
        private final Numbers numbers;

        NoRoom(Numbers numbers) {
            this.numbers = numbers;
        }

        @Override
        public boolean refuses(long number) {
            return numbers.hasAny(number, number);
        }

        @Override
        public boolean refusesAny(long firstNumber, int count) {
            return numbers.hasAny(firstNumber, firstNumber + count - 1);
        }
    }

    private Recording(String name) {
        this.name = name;
    }

    /**
     * Whether a capture is a recording: whether its interfaces or its first note say so, ahead of all packets; so that it
     * still is one where either is damaged.
     *
     * @throws IllegalArgumentException with one line, when it cannot be read
     */
    public static boolean isOne(String name) {
        boolean[] is = {false};
        Optional<CaptureReader.Damage> ignored = CaptureScan.of(name, new CaptureScan.Visitor() {
            @Override
            public boolean describes(CaptureInterface from) {
                is[0] = Blocks.isDescription(from.description());
                return !is[0];
            }

            @Override
            public boolean note(String text, long offset) {
                is[0] = Note.isOwn(text);
                return false;
            }

            @Override
            public boolean packet(int from, long identification, long nanos) {
                return false;
            }
        });
        return is[0];
    }

    /**
     * Reads one, as far as it is not damaged.
     *
     * @throws IllegalArgumentException with one line, when that cannot be done
     */
    public static Recording read(String name) {
        Recording recording = new Recording(name);
        recording.read();
        return recording;
    }

    private void read() {
        List<IllegalArgumentException> wrong = new ArrayList<>();
        long[] wrongAt = {0};
        damage = CaptureScan.of(name, new CaptureScan.Visitor() {
            private final CRC32C sum = new CRC32C();
            private long from; // where begins what is summed

            @Override
            public void bytes(MemorySegment memory, long start, long end) {
                sum.update(memory.asSlice(start, end - start).asByteBuffer());
            }

            @Override
            public boolean note(String text, long offset) {
                Note note = Note.parse(text);
                if (!isIntact(note, text, sum)) {
                    wrong.add(new IllegalArgumentException("has other bytes than were written: the checksum at byte "
                            + offset + " does not fit what is between"));
                    wrongAt[0] = from;
                    return false;
                }
                sum.reset();
                from = offset;
                try {
                    take(note);
                    return true;
                } catch (ConfigException e) {
                    throw e; // a model or a file of models that is not there: nothing would be as it was
                } catch (IllegalArgumentException e) {
                    wrong.add(e);
                    wrongAt[0] = offset;
                    return false;
                }
            }

            @Override
            public boolean packet(int from, long identification, long nanos) {
                Direction way = ways[Math.min(from, 1)];
                if (way.gap == NONE && Blocks.number(identification) != way.packets) {
                    way.gap = way.packets;
                }
                way.packets++;
                return true;
            }
        });
        if (!wrong.isEmpty()) {
            damage = Optional.of(
                    new CaptureReader.Damage(wrongAt[0], wrong.getFirst().getMessage()));
        }
        if (spec == null) {
            throw new IllegalArgumentException(
                    name + ": " + damage.map(CaptureReader.Damage::reason).orElse("is no recording"));
        }
        for (Direction way : ways) {
            way.complete = Math.min(way.complete, way.gap == NONE ? way.packets : way.gap);
            way.noRoom.sort();
        }
    }

    /** Whether a note has the checksum that it must have; that of a version which is not known is not looked at. */
    private boolean isIntact(Note note, String text, CRC32C sum) {
        if (spec == null) { // the first one
            Optional<String> version = note.find(Note.RECORDING);
            checked = version.filter(Integer.toString(VERSION)::equals).isPresent();
            if (!checked && version.isPresent() && !version.get().equals(Integer.toString(UNCHECKED_VERSION))) {
                return true;
            }
        }
        return (!checked && !Note.hasSum(text)) || Note.isIntact(text, sum);
    }

    private void take(Note note) {
        if (note.has(Note.RECORDING)) {
            begin(note);
        } else if (note.has(Note.CHANGE)) {
            int direction = note.direction();
            ways[direction].changes.add(new Change(
                    note.number(Note.NUMBER),
                    note.number(Note.NANOS),
                    note.has(Note.DECIDED) ? note.number(Note.DECIDED) : Long.MIN_VALUE,
                    note.number(Note.GENERATION),
                    link(note).direction(direction)));
        } else if (note.has(Note.NO_ROOM)) {
            List<Long> run = note.numbers(Note.NO_ROOM);
            if (run.size() != 2 || run.getFirst() < 0 || run.getLast() < run.getFirst()) {
                throw new IllegalArgumentException("has a note with a " + Note.NO_ROOM + " that is not possible");
            }
            ways[note.direction()].noRoom.add(run.getFirst(), run.getLast());
        } else if (note.has(Note.COMPLETE)) {
            List<Long> numbers = note.numbers(Note.COMPLETE);
            int i = 0;
            for (Direction way : ways) {
                if (way.there && i < numbers.size()) {
                    way.complete = Math.max(way.complete, Math.min(numbers.get(i++), way.packets));
                }
            }
            ended |= note.has(Note.END);
        }
    }

    private void begin(Note note) {
        if (note.number(Note.RECORDING) < UNCHECKED_VERSION || note.number(Note.RECORDING) > VERSION) {
            throw new ConfigException(name + ": is a recording in version " + note.get(Note.RECORDING)
                    + " of the format, and this emulator knows versions up to " + VERSION);
        }
        seed = note.number(Note.SEED);
        clockNanos = note.number(Note.CLOCK);
        startNanos = note.number(Note.START);
        scenarioNanos = note.number(Note.SCENARIO);
        List<Long> usual = note.numbers(Note.USUAL_BYTES);
        List<Long> buffers = note.numbers(Note.BUFFER_BYTES);
        List<String> names = List.of(note.get(Note.WAYS).split(" ", -1));
        if (usual.size() != names.size() || buffers.size() != names.size()) {
            throw new IllegalArgumentException("has a first note that says too little of a direction");
        }
        for (int i = 0; i < names.size(); i++) {
            Direction way = ways[names.get(i).equals(Note.way(0)) ? 0 : 1];
            way.there = true;
            way.usualBytes = (int) Math.clamp(usual.get(i), 64L, Blocks.MOST_CAPTURED);
            way.bufferBytes = buffers.get(i);
        }
        spec = link(note);
    }

    private LinkSpec link(Note note) {
        return SpecReader.parse(name + ", " + Note.LINK + ".json", note.get(Note.LINK), Path.of(""));
    }

    /** Its file. */
    public String name() {
        return name;
    }

    /** What the link was at first, as far as that decides about packets. */
    public LinkSpec spec() {
        return spec;
    }

    /** Seed of the random models. */
    public long seed() {
        return seed;
    }

    /** What the link's clock shows, when the time of day is 1970, ns. */
    public long clockNanos() {
        return clockNanos;
    }

    /** When the link started, ns of its clock. */
    public long startNanos() {
        return startNanos;
    }

    /** From which on its scenario counts, ns of its clock. */
    public long scenarioNanos() {
        return scenarioNanos;
    }

    /** Whether the link had this direction: 0 is A to B, 1 is B to A. */
    public boolean has(int direction) {
        return ways[direction].there;
    }

    /** Length of nearly all packets of a direction, by its port. */
    public int usualBytes(int direction) {
        return ways[direction].usualBytes;
    }

    /** Of the link, for a direction. */
    public long bufferBytes(int direction) {
        return ways[direction].bufferBytes;
    }

    /** How a direction has changed. */
    public List<Change> changes(int direction) {
        return List.copyOf(ways[direction].changes);
    }

    /** Packets for which the buffer had no room. */
    public Optional<Refusals> noRoom(int direction) {
        Numbers numbers = ways[direction].noRoom;
        return numbers.isEmpty() ? Optional.empty() : Optional.of(new NoRoom(numbers));
    }

    /** Packets of a direction in the file. */
    public long packets(int direction) {
        return ways[direction].packets;
    }

    /** Packets of a direction, from its first on, of which all is known. */
    public long complete(int direction) {
        return ways[direction].complete;
    }

    /** Where it could not be read any further, if it could not. */
    public Optional<CaptureReader.Damage> damage() {
        return damage;
    }

    /** Whether it was written to its end. */
    public boolean hasEnded() {
        return ended;
    }
}
