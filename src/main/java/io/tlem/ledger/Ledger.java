package io.tlem.ledger;

import io.tlem.buffer.EntryRing;
import io.tlem.link.Pipeline;
import io.tlem.spec.LedgerFile;
import io.tlem.stats.LedgerCounts;
import io.tlem.text.InputFile;
import io.tlem.text.OutputFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Writes what becomes of a link's packets into a file. The link's threads leave entries in rings, from which a thread of its own
 * makes rows: a slow disk costs entries, which are counted, and no packet. Opened and finished by one thread.
 */
public final class Ledger implements AutoCloseable {
    private static final long DECIDED_BYTES = 16L << 20;
    private static final long SENT_BYTES = 8L << 20;
    private static final long IDLE_NANOS = 500_000;
    private static final long FLUSH_NANOS = 1_000_000_000;
    private static final int LINE_BYTES = 64;
    private static final Duration LOOK = Duration.ofMillis(20);

    private final LedgerFile file;
    private final boolean waits;
    private final Consumer<String> problems;
    private final Arena arena = Arena.ofShared();
    private final Sampling sampling;
    private final List<Rings> rings = new ArrayList<>();
    private final List<Integer> directions = new ArrayList<>();
    private final Joiner[] joiners = new Joiner[2];
    private final List<OutputFile> opened = new ArrayList<>();
    private final Row row = new Row();
    private final Flows flows = new Flows();
    private final Thread writer =
            Thread.ofPlatform().name("tlem ledger").daemon().unstarted(this::write);
    private long originNanos;
    private long originOfDay;
    private long seed;
    private List<RowSink> sinks = List.of();
    private volatile boolean ending;
    private volatile boolean failed;
    private volatile long rows;
    private volatile long lostHere;
    private volatile boolean complete;

    /**
     * Rings whose entries go together: those of a direction, or one of all where one thread does everything.
     *
     * @param deciding is read up to its end
     * @param sending is read up to where it was before that: what was sent has been decided about
     */
    private record Rings(List<EntryRing> deciding, EntryRing sending) {
        long lost() {
            return sending.lost()
                    + deciding.stream()
                            .filter(ring -> ring != sending)
                            .mapToLong(EntryRing::lost)
                            .sum();
        }

        long left() {
            return Ledger.left(sending)
                    + deciding.stream()
                            .filter(ring -> ring != sending)
                            .mapToLong(Ledger::left)
                            .sum();
        }
    }

    /**
     * Opens the file, unless it is none of the disk's: a FIFO is opened once somebody reads it.
     *
     * @param waits whether the link waits for the file: on a virtual clock nothing is lost by that
     * @param problems told once, in a line, when the file can no longer be written
     * @throws IOException when it cannot be made
     */
    public static Ledger open(LedgerFile file, boolean waits, Consumer<String> problems) throws IOException {
        Ledger ledger = new Ledger(file, waits, problems);
        if (!Files.exists(file.file()) || Files.isRegularFile(file.file())) {
            ledger.opened.add(OutputFile.open(file.file()));
        }
        return ledger;
    }

    private Ledger(LedgerFile file, boolean waits, Consumer<String> problems) {
        this.file = file;
        this.waits = waits;
        this.problems = problems;
        this.sampling = new Sampling(file.every());
        row.bytes = new byte[Math.max(LINE_BYTES, file.snapBytes())];
    }

    /** Has the stages of these write entries, each in a thread of its own. Before they work. */
    public void keep(List<Pipeline> pipelines) {
        for (Pipeline pipeline : pipelines) {
            List<EntryRing> all = new ArrayList<>();
            keep(pipeline, () -> {
                all.add(ring(all.isEmpty() ? DECIDED_BYTES : SENT_BYTES));
                return all.getLast();
            });
            EntryRing sending = all.removeLast();
            rings.add(new Rings(all, sending));
        }
    }

    /** As {@link #keep}, of stages that all run in one thread: the same run makes the same rows in the same order. */
    public void keepOfOneThread(List<Pipeline> pipelines) {
        EntryRing ring = ring(DECIDED_BYTES);
        pipelines.forEach(pipeline -> keep(pipeline, () -> ring));
        rings.add(new Rings(List.of(ring), ring));
    }

    private EntryRing ring(long bytes) {
        return new EntryRing(arena, bytes, () -> waits && !failed);
    }

    private void keep(Pipeline pipeline, Supplier<EntryRing> ring) {
        int direction = pipeline.name().startsWith("a") ? 0 : 1;
        directions.add(direction);
        pipeline.keep(() -> new LedgerClerk(ring.get(), sampling, file.snapBytes(), direction));
    }

    /**
     * Begins to write.
     *
     * @param origin from which the times of the rows count, ns of the pipelines' clock
     * @param ofDay the same time, ns since 1970
     * @param seedOfRun of the link
     */
    public void start(long origin, long ofDay, long seedOfRun) {
        originNanos = origin;
        originOfDay = ofDay;
        seed = seedOfRun;
        writer.start();
    }

    private void write() {
        try {
            openSinks();
            long flushed = System.nanoTime();
            while (true) {
                boolean last = ending;
                boolean any = false;
                for (Rings some : rings) {
                    any |= drain(some);
                }
                long now = System.nanoTime();
                if (now - flushed > FLUSH_NANOS) {
                    flushed = now;
                    for (RowSink sink : sinks) {
                        sink.flush();
                    }
                }
                if (last) {
                    break;
                }
                if (!any) {
                    LockSupport.parkNanos(IDLE_NANOS);
                }
            }
            for (int direction : directions) {
                joiners[direction].finish(lost() == 0);
                count();
            }
            for (RowSink sink : sinks) {
                sink.finish(rows, lost());
            }
            complete = true;
        } catch (IOException e) {
            failed = true;
            problems.accept(
                    "--ledger " + file.file() + " cannot be written: " + InputFile.reason(e) + "; the link goes on; "
                            + opened.stream()
                                    .filter(OutputFile::isCut)
                                    .map(OutputFile::rest)
                                    .findFirst()
                                    .orElse(OutputFile.REMOVED));
        } catch (RuntimeException | Error e) {
            failed = true;
            problems.accept("--ledger " + file.file() + " ends here, by a fault of the emulator: " + e);
        }
    }

    private void openSinks() throws IOException {
        if (opened.isEmpty()) {
            opened.add(OutputFile.open(file.file()));
        }
        List<RowSink> made = new ArrayList<>();
        for (int direction : directions) {
            Pending pending = new Pending(Entry.BYTES + Math.max(LINE_BYTES, file.snapBytes() + 7 & -8));
            RowSink sink = made.isEmpty() || file.format() == LedgerFile.Format.MAHIMAHI
                    ? sink(direction, made.isEmpty())
                    : made.getFirst();
            if (!made.contains(sink)) {
                made.add(sink);
            }
            joiners[direction] = new Joiner(direction, pending, flows, sink, row);
            joiners[direction].setOrigin(originNanos);
        }
        sinks = List.copyOf(made);
    }

    private RowSink sink(int direction, boolean first) throws IOException {
        if (!first) {
            opened.add(OutputFile.open(Path.of(otherWay(file.file().toString()))));
        }
        OutputFile channel = opened.getLast();
        return switch (file.format()) {
            case BINARY -> new BinarySink(channel, file.every(), originOfDay, seed);
            case CSV -> new CsvSink(channel);
            case PCAPNG -> new PcapngSink(channel, file.snapBytes(), originOfDay);
            case MAHIMAHI -> new MahimahiSink(channel, direction);
        };
    }

    /** The name of a second file: {@code x.log} and {@code x-b-a.log}. */
    static String otherWay(String name) {
        int dot = name.lastIndexOf('.');
        int end = dot > name.lastIndexOf('/') + 1 ? dot : name.length();
        return name.substring(0, end) + "-b-a" + name.substring(end);
    }

    /** Takes in what is there; what was sent last of all, as it was decided before. */
    private boolean drain(Rings some) throws IOException {
        long lost = some.sending().lost();
        long sent = some.sending().published();
        boolean any = false;
        for (EntryRing ring : some.deciding()) {
            any |= drain(ring, ring.published());
        }
        any |= drain(some.sending(), sent);
        if (lost != 0 && any) {
            for (int direction : directions) {
                joiners[direction].endsLost(lost);
            }
        }
        if (any) {
            count();
        }
        return any;
    }

    private boolean drain(EntryRing ring, long until) throws IOException {
        long position = ring.head();
        if (position >= until) {
            return false;
        }
        int since = 0;
        while (position != until) {
            long at = ring.at(position);
            int bytes = ring.bytesAt(Math.abs(at));
            if (at > 0) {
                joiners[Entry.direction(ring.memory(), at)].take(ring.memory(), at, bytes);
            }
            position += bytes;
            since += bytes;
            if (since >= 1 << 16) {
                since = 0;
                ring.release(position);
                count(); // who waits for the end sees that it goes on
            }
        }
        ring.release(position);
        return true;
    }

    private void count() {
        long all = 0;
        long lost = 0;
        for (int direction : directions) {
            all += joiners[direction].rows();
            lost += joiners[direction].lost();
        }
        rows = all;
        lostHere = lost;
    }

    private long lost() {
        return lostHere + rings.stream().mapToLong(Rings::lost).sum();
    }

    /**
     * Writes what is left, unless that takes too long, and closes the file. After the link has ended.
     *
     * @param nanos for which it is waited while nothing is written
     * @return false when not everything could be written that the link has left
     */
    public boolean finish(long nanos) throws InterruptedException {
        if (ending) {
            return complete;
        }
        ending = true;
        if (writer.getState() == Thread.State.NEW) {
            writer.start(); // the link has never run
        }
        long progress = rows;
        long since = System.nanoTime();
        boolean ended = writer.join(LOOK);
        while (!ended && System.nanoTime() - since < nanos) {
            if (rows != progress) {
                progress = rows;
                since = System.nanoTime();
            }
            ended = writer.join(LOOK);
        }
        if (ended) {
            writer.join(); // Java has it ended and alive for a moment
        } else {
            problems.accept("--ledger " + file.file()
                    + " cannot be written: nobody reads it, or the disk is too slow; what" + " is left is lost");
        }
        return complete;
    }

    /** What has been written so far; after {@link #finish} all. Any thread. */
    public LedgerCounts written() {
        long left = ending && !complete ? rings.stream().mapToLong(Rings::left).sum() : 0;
        return new LedgerCounts(file.file().toString(), rows, lost() + left);
    }

    /** Entries that nobody has read. */
    private static long left(EntryRing ring) {
        long entries = 0;
        long end = ring.published();
        for (long position = ring.head(); position != end; ) {
            long at = ring.at(position);
            position += ring.bytesAt(Math.abs(at));
            entries += at > 0 ? 1 : 0;
        }
        return entries;
    }

    /** Gives the memory back, if the thread that writes has ended. */
    @Override
    public void close() {
        ending = true;
        if (!writer.isAlive()) {
            for (Joiner joiner : joiners) {
                if (joiner != null) {
                    joiner.close();
                }
            }
            arena.close();
            for (OutputFile channel : opened) {
                try {
                    channel.close();
                } catch (IOException e) {
                    // What could not be written was said.
                }
            }
        }
    }
}
