package io.tlem.port.pcap;

import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import java.lang.foreign.Arena;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Captures as a port: the packets of one come in, those that go out get into another. */
final class PcapPort implements PacketPort {
    private static final long SECOND = 1_000_000_000L;

    private final PortAddress address;
    private final PcapOptions options;
    private final Arena arena = Arena.ofShared();
    private Optional<CaptureReader> reader = Optional.empty();
    private Optional<CaptureWriter> writer = Optional.empty();
    private Optional<ReplaySource> source = Optional.empty();
    private Optional<PcapSink> sink = Optional.empty();
    private final Set<String> told = new HashSet<>();

    /** @throws PortException when a capture cannot be read or written */
    PcapPort(PortAddress address, PcapOptions options) {
        this.address = address;
        this.options = options;
        try {
            reader = options.replayed()
                    .map(file -> new CaptureReader(file, (from, type, memory, packet, captured, original) -> 0));
            source = reader.map(its -> new ReplaySource(address, options, its));
            writer = options.written().map(CaptureWriter::open);
            sink = writer.map(its -> new PcapSink(its, clockStart(), arena));
        } catch (IllegalArgumentException e) {
            close();
            throw new PortException(address, String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** What the time was when the monotonic clock showed 0. */
    private static long clockStart() {
        Instant now = Instant.now();
        return now.getEpochSecond() * SECOND + now.getNano() - System.nanoTime();
    }

    @Override
    public PortAddress address() {
        return address;
    }

    @Override
    public String description() {
        return options.description();
    }

    @Override
    public Optional<PacketSource> source() {
        return source.map(its -> its);
    }

    @Override
    public Optional<PacketSink> sink() {
        return sink.map(its -> its);
    }

    @Override
    public List<String> takeWarnings(boolean routes) {
        return Stream.of(
                        source.map(ReplaySource::damage).orElse(""),
                        sink.map(PcapSink::failure).orElse(""))
                .filter(text -> !text.isEmpty() && told.add(text))
                .toList();
    }

    @Override
    public void close() {
        writer.ifPresent(CaptureWriter::close);
        reader.ifPresent(CaptureReader::close);
        arena.close();
    }
}
