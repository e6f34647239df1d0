package io.tlem.record;

import io.tlem.buffer.EntryRing;
import io.tlem.link.Link;
import io.tlem.link.Pipeline;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.RecordFile;
import io.tlem.spec.SpecWriter;
import io.tlem.stats.Counter;
import io.tlem.stats.RecordCounts;
import io.tlem.text.InputFile;
import io.tlem.text.OutputFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Records a running link into a file that {@link Recording} reads. The link's threads leave what comes in rings, from which a
 * thread of its own writes: a slow disk costs what the recording has of packets, which is counted and said, and no packet.
 * Opened and finished by one thread.
 */
public final class Recorder implements AutoCloseable {
    private static final int VERSION = 2;
    private static final int FLUSH_BYTES = 1 << 20;
    private static final int PART_BYTES = 1 << 18; // of a ring that are given back at a time
    private static final long IDLE_NANOS = 500_000;
    private static final long CHECK_NANOS = 250_000_000;
    private static final Duration LOOK = Duration.ofMillis(20);

    private final RecordFile file;
    private final Consumer<String> problems;
    private final Arena arena = Arena.ofShared();
    private final long clockNanos = clockNanos();
    private final List<Way> ways = new ArrayList<>();
    private final List<Pipeline> pipelines = new ArrayList<>();
    private final Runs[] noRoom = {new Runs(), new Runs()};
    private final ByteBuffer out = ByteBuffer.allocateDirect(FLUSH_BYTES + Blocks.MOST_CAPTURED + Blocks.BESIDES_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    private final MemorySegment outMemory = MemorySegment.ofBuffer(out);
    private final Thread writer =
            Thread.ofPlatform().name("tlem record").daemon().unstarted(this::write);
    private final CRC32C sum = new CRC32C(); // of what comes behind the last note
    private int summed; // up to where in what is to be written
    private OutputFile channel; // null until it is opened
    private Note first;
    private volatile boolean ending;
    private volatile boolean complete;
    private volatile long packets;

    /** Numbers that follow each other. */
    private static final class Runs {
        long first = -1;
        long last = -1;

        /** Whether it fits behind those that there are. */
        boolean takes(long number) {
            if (first >= 0 && number != last + 1) {
                return false;
            }
            first = first < 0 ? number : first;
            last = number;
            return true;
        }
    }

    /**
     * Opens the file, unless it is none of the disk's: a FIFO is opened once somebody reads it.
     *
     * @param problems told once, in a line, when the file can no longer be written, or is not complete
     * @throws IOException when it cannot be made
     */
    public static Recorder open(RecordFile file, Consumer<String> problems) throws IOException {
        Recorder recorder = new Recorder(file, problems);
        if (!Files.exists(file.file()) || Files.isRegularFile(file.file())) {
            recorder.channel = OutputFile.open(file.file());
        }
        return recorder;
    }

    private Recorder(RecordFile file, Consumer<String> problems) {
        this.file = file;
        this.problems = problems;
    }

    /** What the link's clock shows, when the time of day is 1970, ns. */
    private static long clockNanos() {
        Instant now = Instant.now();
        return System.nanoTime() - (now.getEpochSecond() * 1_000_000_000L + now.getNano());
    }

    /** Has the stages of a link leave what comes. Before they work. */
    public void keep(Link link) {
        for (Pipeline pipeline : Pipeline.of(link)) {
            int direction = pipeline.name().equals(Note.way(0)) ? 0 : 1;
            Way way = new Way(direction, arena);
            ways.add(way);
            pipelines.add(pipeline);
            boolean joint = pipeline.annotator().isEmpty();
            RecordClerk receives = new RecordClerk(way, file.snapBytes(), clockNanos, joint);
            List<ChangeClerk> clerks = new ArrayList<>();
            if (!joint) {
                clerks.add(new DecidingClerk(way));
            }
            clerks.add(receives);
            clerks.add(new ChangeClerk(way)); // of who sends, which changes nothing
            pipeline.keep(clerks::removeFirst);
        }
    }

    /**
     * Begins to write.
     *
     * @param link that was just started
     * @param spec what it was opened as
     * @param scenarioNanos from which on its scenario counts, ns of the link's clock
     */
    public void start(Link link, LinkSpec spec, long scenarioNanos) {
        LinkSpec emulated = spec.emulated();
        first = new Note(link.startNanos() - clockNanos, "tlem recording of a link; tlem simulate runs it again")
                .with(Note.RECORDING, VERSION)
                .with(
                        Note.WAYS,
                        ways.stream().map(way -> Note.way(way.direction())).toList())
                .with(Note.SEED, link.seed())
                .with(Note.CLOCK, clockNanos)
                .with(Note.START, link.startNanos())
                .with(Note.SCENARIO, scenarioNanos)
                .with(
                        Note.USUAL_BYTES,
                        pipelines.stream().map(Pipeline::usualPacketBytes).toList())
                .with(
                        Note.BUFFER_BYTES,
                        pipelines.stream()
                                .map(pipeline -> pipeline.buffer().capacityBytes())
                                .toList())
                .with(Note.LINK, SpecWriter.json(emulated));
        writer.start();
    }

    private void write() {
        try {
            if (channel == null) {
                channel = OutputFile.open(file.file());
            }
            out.clear();
            Blocks.begin(out, "tlem", file.snapBytes());
            note(first);
            long checked = System.nanoTime();
            boolean news = false;
            while (true) {
                boolean last = ending;
                long[] decided = ways.stream().mapToLong(Way::decided).toArray();
                writeChanges();
                boolean any = false;
                for (Way way : ways) {
                    any |= drain(way, way.ring().published());
                }
                if (last) {
                    break;
                }
                long now = System.nanoTime();
                news |= any;
                if (news && now - checked > CHECK_NANOS) {
                    checked = now;
                    news = false;
                    check(decided);
                }
                if (!any) {
                    LockSupport.parkNanos(IDLE_NANOS);
                }
            }
            finishFile();
            complete = true;
        } catch (IOException e) {
            problems.accept("--record " + file.file() + " cannot be written: " + InputFile.reason(e)
                    + "; the link goes on; " + (channel == null ? OutputFile.REMOVED : channel.rest()));
        } catch (RuntimeException | Error e) {
            problems.accept("--record " + file.file() + " ends here, by a fault of the emulator: " + e);
        }
    }

    private void finishFile() throws IOException {
        long[] end = ways.stream().mapToLong(this::received).toArray();
        for (Way way : ways) {
            writeNoRoom(way.direction());
        }
        note(new Note(now(), "the end of the recording")
                .with(Note.COMPLETE, completeUpTo(end))
                .with(Note.END, Arrays.stream(end).boxed().toList()));
        flush();
        channel.close();
        for (Way way : ways) {
            if (way.missing() != Way.NOTHING) {
                problems.accept("warning: --record " + file.file() + ": " + Note.way(way.direction()) + ": from packet "
                        + way.missing() + " on the recording is not complete ("
                        + way.ring().lost()
                        + " packets are missing): it could not be written fast enough");
            }
        }
    }

    /** Packets that have come, once the threads have ended. */
    private long received(Way way) {
        return pipelines.get(ways.indexOf(way)).snapshot().get(Counter.RECEIVED_PACKETS);
    }

    private long now() {
        return System.nanoTime() - clockNanos;
    }

    private List<Long> completeUpTo(long[] decided) {
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < decided.length; i++) {
            all.add(Math.min(decided[i], ways.get(i).missing()));
        }
        return all;
    }

    /** Says up to where what is written so far can be simulated, whatever follows. */
    private void check(long[] decided) throws IOException {
        for (Way way : ways) {
            writeNoRoom(way.direction());
        }
        note(new Note(now(), "recorded so far").with(Note.COMPLETE, completeUpTo(decided)));
        flush();
    }

    private void writeChanges() throws IOException {
        for (Way way : ways) {
            for (Way.Changed changed = way.changes().poll();
                    changed != null;
                    changed = way.changes().poll()) {
                String name = Note.way(way.direction());
                Note note = new Note(
                                changed.from().nanos() - clockNanos,
                                name + ": from packet " + changed.from().packetNumber() + " on "
                                        + changed.models().spec())
                        .with(Note.CHANGE, changed.epoch())
                        .with(Note.WAY, name)
                        .with(Note.NUMBER, changed.from().packetNumber())
                        .with(Note.NANOS, changed.from().nanos())
                        .with(Note.GENERATION, changed.models().generation())
                        .with(
                                Note.LINK,
                                SpecWriter.json(
                                        way.direction(), changed.models().spec()));
                if (changed.decidedUpToNanos() != Long.MIN_VALUE) {
                    note.with(Note.DECIDED, changed.decidedUpToNanos());
                }
                note(note);
            }
        }
    }

    private boolean drain(Way way, long until) throws IOException {
        EntryRing ring = way.ring();
        MemorySegment memory = ring.memory();
        long position = ring.head();
        if (position == until) {
            return false;
        }
        long released = position;
        long count = packets;
        while (position != until) {
            long at = ring.at(position);
            if (at > 0 && Blocks.kind(memory, at) == Blocks.PACKET) {
                int bytes = Blocks.blockBytes(memory, at);
                room(bytes);
                MemorySegment.copy(memory, at + EntryRing.HEADER_BYTES, outMemory, out.position(), bytes);
                out.position(out.position() + bytes);
                count++;
            } else if (at > 0) {
                noRoom(way.direction(), Blocks.noRoomNumber(memory, at));
            }
            position += ring.bytesAt(Math.abs(at));
            if (position - released >= PART_BYTES) {
                ring.release(position);
                released = position;
                packets = count; // who waits for the end sees that it goes on
            }
        }
        ring.release(position);
        packets = count;
        return true;
    }

    private void noRoom(int direction, long number) throws IOException {
        if (!noRoom[direction].takes(number)) {
            writeNoRoom(direction);
            boolean ignored = noRoom[direction].takes(number);
        }
    }

    private void writeNoRoom(int direction) throws IOException {
        Runs run = noRoom[direction];
        if (run.first >= 0) {
            note(new Note(now(), Note.way(direction) + ": the buffer had no room for packets")
                    .with(Note.WAY, Note.way(direction))
                    .with(Note.NO_ROOM, List.of(run.first, run.last)));
            noRoom[direction] = new Runs();
        }
    }

    private void note(Note note) throws IOException {
        byte[] text = note.text().getBytes(StandardCharsets.UTF_8);
        room(Blocks.noteBytes(text));
        int block = out.position();
        Blocks.beginNote(out, text);
        sum();
        Blocks.endNote(out, block, Note.sum(sum));
        sum.reset();
        summed = out.position();
    }

    private void sum() {
        sum.update(out.duplicate().limit(out.position()).position(summed));
        summed = out.position();
    }

    private void room(int bytes) throws IOException {
        if (out.position() >= FLUSH_BYTES || out.remaining() < bytes) {
            flush();
        }
    }

    private void flush() throws IOException {
        sum();
        summed = 0;
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
        out.clear();
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
            return true; // the link has never run
        }
        long progress = packets;
        long since = System.nanoTime();
        boolean ended = writer.join(LOOK);
        while (!ended && System.nanoTime() - since < nanos) {
            if (packets != progress) {
                progress = packets;
                since = System.nanoTime();
            }
            ended = writer.join(LOOK);
        }
        if (ended) {
            writer.join(); // Java has it ended and alive for a moment
        } else {
            problems.accept("--record " + file.file()
                    + " cannot be written: nobody reads it, or the disk is too slow; what is left is lost");
        }
        return complete;
    }

    /** What has been written so far; after {@link #finish} all. Any thread. */
    public RecordCounts written() {
        long lost = ways.stream().mapToLong(way -> way.ring().lost()).sum();
        return new RecordCounts(file.file().toString(), packets, lost);
    }

    /** Gives the memory back, if the thread that writes has ended. */
    @Override
    public void close() {
        ending = true;
        if (!writer.isAlive()) {
            arena.close();
            try {
                if (channel != null) {
                    channel.close();
                }
            } catch (IOException e) {
                // What could not be written was said.
            }
        }
    }
}
