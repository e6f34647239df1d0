package example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.link.Link;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import org.junit.jupiter.api.Test;

/** A link in a test of a user's own: whatever talks over frames can be tried over a slow one. */
class EmbeddedTest {
    @Test
    void aFrameTakesTheDelay() throws InterruptedException {
        LinkSpec spec =
                new LinkSpec.Builder().with(Setting.of(Role.DELAY), "20ms").conclude();
        MemoryPort a = new MemoryPort("a");
        MemoryPort b = new MemoryPort("b");
        byte[] frame = new byte[60];
        frame[59] = 7;
        try (Link link = Link.open(spec, a, b)) {
            link.start();
            long start = System.nanoTime();
            a.in.add(frame);
            while (b.out.isEmpty() && System.nanoTime() - start < 10_000_000_000L) {
                assertTrue(link.awaitFailure(1_000_000).isEmpty());
            }
            assertArrayEquals(frame, b.out.remove());
            assertTrue(System.nanoTime() - start >= 20_000_000, "never early");
            assertTrue(link.stop());
        }
    }
}
