package io.tlem.link;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WarmupTest {
    /** How long two directions take, each an eighth of a second usually. */
    private static final long USUAL_MILLIS = 250;

    /**
     * How long the warm-up takes of a link with models that no other test has together: once more in this process, with as many
     * stages, it takes no time.
     */
    private static long millis(String stages, BooleanSupplier unwanted, String... time) {
        LinkSpec.Builder builder = new LinkSpec.Builder()
                .with(Setting.PORTS, "generator:", "sink:")
                .with(Setting.STAGES, stages)
                .with(Setting.of(Role.CORRUPT), "0.1")
                .with(Setting.of(Role.MARK), "0.1")
                .with(Setting.of(Role.LOSS_AFTER), "0.1")
                .with(Setting.of(Role.DUPLICATE), "0.1");
        if (time.length > 0) {
            builder.with(Setting.WARM_UP, time);
        }
        LinkSetup setup = LinkSetup.of(builder.conclude(), 0);
        long start = System.nanoTime();
        setup.warmUp(unwanted);
        return (System.nanoTime() - start) / 1_000_000;
    }

    @Test
    void takesAsLongAsItMay() {
        long first = millis("1", () -> false, "0"); // loads classes
        long none = Math.min(first, millis("1", () -> false, "0"));
        long usual = millis("1", () -> false);
        long longer = millis("2", () -> false, "6s");
        System.out.println(
                "warm-up: " + usual + " ms; with 0 " + none + " ms, with 6s instead of 1.5s " + longer + " ms");
        assertTrue(none < USUAL_MILLIS, none + " ms with 0");
        assertTrue(usual >= USUAL_MILLIS, usual + " ms");
        assertTrue(longer >= 4 * USUAL_MILLIS, longer + " ms with four times the time");
    }

    /** Each of its two parts would take five minutes. */
    @Test
    @Timeout(60)
    void endsWhenItIsUnwanted() {
        AtomicInteger asked = new AtomicInteger();
        long taken = millis("3", () -> asked.incrementAndGet() > 3, "3600s");
        assertTrue(asked.get() > 3, asked + " times asked in " + taken + " ms");
    }
}
