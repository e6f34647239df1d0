package example;

import io.tlem.impair.Role;
import io.tlem.link.Change;
import io.tlem.link.Link;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Counter;
import java.util.Map;

/** Has packets pass a link, first whole, then with all of one direction lost. */
public final class Embedded {
    private Embedded() {}

    public static void main(String[] arguments) throws InterruptedException {
        LinkSpec spec = new LinkSpec.Builder()
                .with(Setting.of(Role.DELAY), "5ms") // both directions
                .with(Setting.SEED, "7")
                .conclude();
        MemoryPort a = new MemoryPort("a");
        MemoryPort b = new MemoryPort("b");
        try (Link link = Link.open(spec, a, b)) {
            link.start();
            send(100, a, link);
            Map<String, Change> changes = link.change(spec.with(Setting.of(Role.LOSS), "1", "none"));
            System.out.println("from packet " + changes.get("a->b").packetNumber() + " on all are lost");
            send(50, a, link);
            link.stop();
        }
        System.out.println(b.out.size() + " have arrived");
    }

    /** Sends frames, and waits until the link has received them. */
    private static void send(int frames, MemoryPort from, Link link) throws InterruptedException {
        long all = received(link) + frames;
        for (int i = 0; i < frames; i++) {
            from.in.add(new byte[60]);
        }
        while (received(link) < all && link.awaitFailure(1_000_000).isEmpty()) {}
    }

    private static long received(Link link) {
        return link.collector().soFar().total().getFirst().total().get(Counter.RECEIVED_PACKETS);
    }
}
