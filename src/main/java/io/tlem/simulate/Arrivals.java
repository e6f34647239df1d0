package io.tlem.simulate;

import io.tlem.link.Pipeline;
import io.tlem.port.pcap.CaptureInterface;
import io.tlem.port.pcap.CaptureReader;
import io.tlem.port.pcap.CaptureSource;
import io.tlem.port.pcap.Labels;
import io.tlem.record.Recording;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * What comes to a simulated link, of captures or of a recording, and when on the link's clock: for captures that is 0 at their
 * first packet, a recording goes on with the clock of the link that was recorded. Used by one thread.
 */
public final class Arrivals implements AutoCloseable {
    static final long NONE = Long.MAX_VALUE;

    private final List<String> names;
    private final List<Integer> directions;
    private final List<CaptureReader> readers = new ArrayList<>(); // of a direction each, or one of both
    private final long[] loadedNanos; // up to which packets of each reader are loaded, ns since 1970
    private final Optional<Recording> recording;
    private final boolean asItWas;
    private final long zeroNanos;
    private final long firstNanos;

    /**
     * The packets of captures.
     *
     * @param inputs one capture, or one for each direction
     * @param clients tells in one capture which packets go from A to B; empty where all do
     * @throws IllegalArgumentException with one line, when one cannot be read
     */
    public static Arrivals of(List<String> inputs, Optional<CaptureReader.Splitter> clients) throws IOException {
        if (clients.isPresent() && inputs.size() == 2) {
            throw new IllegalArgumentException("two captures are a direction each: there is nothing to tell apart");
        }
        boolean both = inputs.size() == 2 || clients.isPresent();
        return new Arrivals(inputs, both ? List.of(0, 1) : List.of(0), clients, Optional.empty(), false);
    }

    /**
     * The packets of a recording.
     *
     * @param asItWas whether the link changes as it did then, and ends where the recording is no longer complete
     * @throws IllegalArgumentException with one line, when it cannot be read
     */
    public static Arrivals of(Recording recording, boolean asItWas) throws IOException {
        List<Integer> directions = Stream.of(0, 1).filter(recording::has).toList();
        return new Arrivals(List.of(recording.name()), directions, Optional.empty(), Optional.of(recording), asItWas);
    }

    private Arrivals(
            List<String> names,
            List<Integer> directions,
            Optional<CaptureReader.Splitter> clients,
            Optional<Recording> recording,
            boolean asItWas)
            throws IOException {
        this.names = List.copyOf(names);
        this.directions = directions;
        this.recording = recording;
        this.asItWas = asItWas;
        this.loadedNanos = new long[recording.isPresent() ? directions.size() : names.size()];
        try {
            for (int i = 0; i < loadedNanos.length; i++) {
                int direction = directions.get(i);
                if (recording.isPresent()) {
                    readers.add(CaptureReader.ofInterface(names.getFirst(), direction, direction));
                } else if (clients.isPresent()) {
                    readers.add(new CaptureReader(names.get(i), clients.get()));
                } else {
                    readers.add(CaptureReader.of(names.get(i), direction));
                }
            }
            long first = loadFirst();
            zeroNanos = recording.map(its -> -its.clockNanos()).orElse(first == NONE ? 0 : first);
            firstNanos = first == NONE ? NONE : first - zeroNanos;
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /** The first packets of each reader; returns the time of the very first. */
    private long loadFirst() throws IOException {
        for (int i = 0; i < readers.size(); i++) {
            loadedNanos[i] = readers.get(i).load(1);
        }
        return Arrays.stream(loadedNanos).min().orElse(NONE);
    }

    /** The files. */
    List<String> names() {
        return names;
    }

    /** The directions in which packets come: 0 is A to B, 1 is B to A. */
    List<Integer> directions() {
        return directions;
    }

    Optional<Recording> recording() {
        return recording;
    }

    /** Whether the link changes as it did when it was recorded. */
    boolean changesAsItDid() {
        return recording.isPresent() && asItWas;
    }

    /** What is 0 on the link's clock, ns since 1970. */
    long zeroNanos() {
        return zeroNanos;
    }

    /** When the link starts, ns of its clock. */
    long startNanos() {
        return recording.map(Recording::startNanos).orElse(0L);
    }

    /** From which on a scenario counts, ns of the link's clock. */
    long scenarioNanos() {
        return recording.map(Recording::scenarioNanos).orElse(0L);
    }

    /** When the first packet comes, ns of the link's clock; {@link #NONE} when none does. */
    long firstNanos() {
        return firstNanos;
    }

    private CaptureReader reader(int direction) {
        return readers.get(Math.min(directions.indexOf(direction), readers.size() - 1));
    }

    /** The interfaces that packets of a direction come from, by their numbers. */
    IntFunction<CaptureInterface> interfaces(int direction) {
        return number -> (recording.isPresent() ? readers.getFirst() : reader(direction))
                .interfaces()
                .get(number);
    }

    /** The packets of a direction; see {@link CaptureSource}. */
    CaptureSource source(int direction, Labels labels, boolean labelsAll) {
        if (recording.isEmpty()) {
            return new CaptureSource(reader(direction), direction, labels, labelsAll, zeroNanos);
        }
        CaptureSource source = new CaptureSource(
                reader(direction),
                direction,
                labels,
                labelsAll,
                zeroNanos,
                recording.get().usualBytes(direction));
        if (asItWas) {
            source.endAfter(recording.get().complete(direction));
        }
        return source;
    }

    /** What has a pipeline change and lose packets as it was recorded, if it does. */
    Optional<Replay> replay(int direction, Pipeline pipeline, CaptureSource source, long seed) {
        if (!changesAsItDid()) {
            return Optional.empty();
        }
        recording.get().noRoom(direction).ifPresent(pipeline::refuse);
        return Optional.of(new Replay(pipeline, source, recording.get().changes(direction), seed, direction));
    }

    /**
     * Loads more packets.
     *
     * @param handedOut until which all have been, on the clock; {@link #NONE} before the first
     * @param most of each reader
     * @return until which all are loaded, on the clock; {@link #NONE} when there are none any more
     */
    long load(long handedOut, int most) throws IOException {
        for (int i = 0; i < loadedNanos.length; i++) {
            if (loadedNanos[i] != NONE && handedOut != NONE && loadedNanos[i] - zeroNanos <= handedOut) {
                loadedNanos[i] = readers.get(i).load(most);
            }
        }
        long first = Arrays.stream(loadedNanos).min().orElse(NONE);
        return first == NONE ? NONE : first - zeroNanos;
    }

    /** How much was read, 0 to 1; negative where that is not known. */
    double share() throws IOException {
        double share = 1;
        for (CaptureReader reader : readers) {
            share = Math.min(share, reader.share());
        }
        return share;
    }

    /** The readers of the files, one of each. */
    List<CaptureReader> readers() {
        return recording.isPresent() ? readers.subList(0, 1) : List.copyOf(readers);
    }

    /** Does not throw. */
    @Override
    public void close() {
        readers.forEach(CaptureReader::close);
    }
}
