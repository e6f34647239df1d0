package io.tlem.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Packets keep their order on a route, whatever becomes of its delay, and not across routes. */
class RouteTest {
    private static final int ROUTES = 4;

    private final MemorySegment memory = Arena.ofAuto().allocate(2048, 64);

    private static Map<Role, String> specs(int route, int delayMicros) {
        Map<Role, String> specs = new EnumMap<>(Role.class);
        specs.put(Role.DELAY, delayMicros + "us");
        specs.put(Role.REORDER, "route," + route);
        return specs;
    }

    /** What TheaterQ does: the last release time of each route, and no packet of that route before it. */
    @Property(tries = 200)
    void eachRouteHasItsOwnOrder(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] last = new long[ROUTES];
        Arrays.fill(last, Long.MIN_VALUE);
        int route = random.nextInt(ROUTES);
        int delay = random.nextInt(5000);
        Map<Role, String> present = specs(route, delay);
        LinkModels models = LinkModels.of(present, new RandomStreams(7, 0));
        Annotator annotator = new Annotator(models);
        PacketContext packet = new PacketContext();
        long now = 0;
        long latest = Long.MIN_VALUE; // of those that keep their places
        int overtaking = 0;
        for (int i = 0; i < 400; i++) {
            if (i == 200 || random.nextInt(10) == 0) {
                route = i == 200 ? (route + 1) % ROUTES : random.nextInt(ROUTES);
                delay = i == 200 ? 0 : i == 199 ? 5000 : random.nextInt(5000);
                Map<Role, String> next = specs(route, delay);
                models = models.changed(present, next, new RandomStreams(7, 0));
                present = next;
                Annotator following = new Annotator(models);
                following.continueFrom(annotator);
                annotator = following;
            }
            now += random.nextInt(200_000);
            packet.reset(memory, 0, 100, now);
            Fate fate = annotator.decide(packet);
            last[route] = Math.max(now + delay * 1000L, last[route]);
            assertEquals(last[route], packet.releaseNanos(), "packet " + i);
            if (fate == Fate.FORWARD) {
                assertTrue(packet.releaseNanos() >= latest, "packet " + i + " keeps its place");
                latest = packet.releaseNanos();
            } else {
                assertEquals(Fate.OVERTAKE, fate);
                assertTrue(packet.releaseNanos() < latest, "packet " + i + " overtakes");
                overtaking++;
            }
        }
        assertTrue(overtaking > 0, "none overtook");
    }

    @Test
    void aJitterDoesNotReorderARoute() {
        Map<Role, String> specs = new EnumMap<>(Role.class);
        specs.put(Role.DELAY, "netem,5ms,4ms");
        specs.put(Role.REORDER, "route,3");
        Annotator annotator = new Annotator(LinkModels.of(specs, new RandomStreams(7, 0)));
        PacketContext packet = new PacketContext();
        long before = 0;
        for (int i = 0; i < 1000; i++) {
            packet.reset(memory, 0, 100, i * 10_000L);
            assertEquals(Fate.FORWARD, annotator.decide(packet));
            assertTrue(packet.releaseNanos() >= before);
            before = packet.releaseNanos();
        }
    }

    @Test
    void numbersOfRoutesHaveABound() {
        String message = assertThrows(SpecException.class, () -> Models.check(Role.REORDER, "route,1024"))
                .getMessage();
        assertTrue(message.contains("'1024' is not a whole number from 0 to 1023"), message);
    }
}
