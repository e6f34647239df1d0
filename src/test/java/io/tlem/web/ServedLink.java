package io.tlem.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.control.LinkView;
import io.tlem.control.LiveLink;
import io.tlem.ledger.Ledger;
import io.tlem.link.Link;
import io.tlem.link.Pipeline;
import io.tlem.spec.LedgerFile;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.DirectionSample;
import io.tlem.stats.RunDescription;
import io.tlem.stats.Sample;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A running link with a server of its own. */
final class ServedLink implements AutoCloseable {
    final Link link;
    final WebServer server;
    final LiveLink live;
    final Optional<Ledger> ledger;
    final Client client;

    ServedLink(LinkSpec spec, String token) throws IOException {
        server = WebServer.open(spec.get(Setting.HTTP), Optional.empty(), token);
        link = Link.open(spec);
        live = new LiveLink(link, "wan", Optional.empty());
        server.start(new LinkView("wan", live, ServedLink::description), "test");
        Optional<LedgerFile> file = spec.find(Setting.LEDGER);
        ledger = file.isEmpty()
                ? Optional.empty()
                : Optional.of(Ledger.open(file.get(), false, problem -> {
                    throw new AssertionError(problem);
                }));
        ledger.ifPresent(book -> book.keep(Pipeline.of(link)));
        link.start();
        ledger.ifPresent(book -> book.start(link.startNanos(), 0, 7));
        client = new Client(server.url());
    }

    ServedLink(LinkSpec spec) throws IOException {
        this(spec, null);
    }

    static LinkSpec.Builder spec() {
        return new LinkSpec.Builder()
                .with(Setting.CPUS, "none")
                .with(Setting.SEED, "7")
                .with(Setting.BUFFER, "1M")
                .with(Setting.HTTP, "0")
                .with(Setting.PORTS, "generator:pps=1000", "sink:");
    }

    private static RunDescription description() {
        return new RunDescription(
                "test",
                "test",
                1,
                7,
                List.of(new RunDescription.Port("generator:", ""), new RunDescription.Port("sink:", "")),
                List.of(new RunDescription.Direction("a->b", Map.of(), Map.of(), 0, "", "", "drop")),
                new RunDescription.Threads(1, 1, 1, List.of(), 0, 0, 0, 0, 0, "Java", false, ""),
                Optional.empty(),
                0);
    }

    private static boolean finish(Ledger ledger) {
        try {
            return ledger.finish(5_000_000_000L);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Ends the link, with every packet accounted for. */
    @Override
    public void close() throws IOException {
        assertEquals(Optional.empty(), link.failure());
        assertTrue(link.stop());
        Sample last = link.collector().last(true);
        for (DirectionSample way : last.total()) {
            assertEquals(0, way.total().unaccounted(way.stillInside()));
        }
        server.close();
        if (ledger.isPresent()) {
            assertTrue(finish(ledger.get()));
            ledger.get().close();
        }
        link.close();
    }
}
