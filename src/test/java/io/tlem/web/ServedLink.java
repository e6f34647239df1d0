package io.tlem.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.control.LinkView;
import io.tlem.control.LiveLink;
import io.tlem.link.Link;
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
    final Client client;

    ServedLink(LinkSpec spec, String token) throws IOException {
        server = WebServer.open(spec.get(Setting.HTTP), Optional.empty(), token);
        link = Link.open(spec);
        live = new LiveLink(link, "wan", Optional.empty());
        server.start(new LinkView("wan", live, ServedLink::description), "test");
        link.start();
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
                List.of(new RunDescription.Direction("a->b", Map.of(), 0, "", "", "drop")),
                new RunDescription.Threads(1, 1, 1, List.of(), 0, 0, 0, 0, 0, "Java", false, ""),
                Optional.empty(),
                0);
    }

    /** Ends the link, with every packet accounted for. */
    @Override
    public void close() {
        assertEquals(Optional.empty(), link.failure());
        assertTrue(link.stop());
        Sample last = link.collector().last(true);
        for (DirectionSample way : last.total()) {
            assertEquals(0, way.total().unaccounted(way.stillInside()));
        }
        server.close();
        link.close();
    }
}
