package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import org.junit.jupiter.api.Test;

class WarmupTest {
    /** How long the warm-up takes of a link with a model; once more in this process it takes no time. */
    private static long millis(Role model, String... time) {
        LinkSpec.Builder builder = new LinkSpec.Builder()
                .with(Setting.PORTS, "generator:", "sink:")
                .with(Setting.of(model), "0.1");
        if (time.length > 0) {
            builder.with(Setting.WARM_UP, time);
        }
        LinkSetup setup = LinkSetup.of(builder.conclude(), 0);
        long start = System.nanoTime();
        setup.warmUp();
        return (System.nanoTime() - start) / 1_000_000;
    }

    @Test
    void takesAsLongAsItMay() {
        long first = millis(Role.CORRUPT, "0"); // loads classes
        long none = Math.min(first, millis(Role.CORRUPT, "0"));
        long usual = millis(Role.CORRUPT);
        long longer = millis(Role.DUPLICATE, "6s");
        System.out.println(
                "warm-up: " + usual + " ms; with 0 " + none + " ms, with 6s instead of 1.5s " + longer + " ms");
        assertTrue(none < usual / 2, none + " ms with 0, " + usual + " ms without");
        assertTrue(longer > 2 * usual, longer + " ms with four times the time, " + usual + " ms without");
    }
}
