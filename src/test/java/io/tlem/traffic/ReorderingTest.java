package io.tlem.traffic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tlem.stats.StreamTraffic;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is measured of packets by their numbers, against the definitions, computed plainly. */
class ReorderingTest {
    private static Reordering of(List<Long> numbers) {
        Reordering reordering = new Reordering();
        numbers.forEach(reordering::add);
        reordering.finish();
        return reordering;
    }

    private static Reordering of(long... numbers) {
        List<Long> all = new ArrayList<>();
        for (long number : numbers) {
            all.add(number);
        }
        return of(all);
    }

    /** Three packets change places, one is lost: the receive indexes are 1 2 3 4 6 7. */
    @Test
    void lostPacketsTakeNoPlace() {
        Reordering reordering = of(1, 2, 4, 3, 7, 6);
        assertEquals(Map.of(0, 2L, 1, 2L, -1, 2L), reordering.density());
        assertEquals(Map.of(0, 4L, 1, 2L), reordering.occupancy());
        assertEquals(2, reordering.extents().getTotalCount());
        assertEquals(1, reordering.extents().getMaxValue());
    }

    /** RFC 4737's example: 4 is late by three places, behind 5, 6 and 7. */
    @Test
    void theExtentGoesBackToTheFirstHigherNumber() {
        Reordering reordering = of(1, 2, 3, 5, 6, 7, 4, 8);
        assertEquals(1, reordering.extents().getTotalCount());
        assertEquals(3, reordering.extents().getMaxValue());
        assertEquals(Map.of(0, 4L, -1, 3L, 3, 1L), reordering.density());
        assertEquals(Map.of(0, 5L, 1, 1L, 2, 1L, 3, 1L), reordering.occupancy());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void randomOnesAreAsTheDefinitionsSay(long seed) {
        Random random = new Random(seed);
        List<Long> sent = new ArrayList<>();
        for (long i = 0; i < 3000; i++) {
            if (random.nextDouble() > 0.1) {
                sent.add(i + (i > 1500 ? 100_000 : 0)); // and a gap
            }
        }
        List<Long> came = new ArrayList<>(sent);
        for (int i = 0; i + 30 < came.size(); i += 1 + random.nextInt(20)) {
            Collections.rotate(came.subList(i, i + 1 + random.nextInt(30)), 1);
        }
        Reordering reordering = of(came);
        assertEquals(density(came), reordering.density());
        assertEquals(occupancy(came), reordering.occupancy());
        TreeMap<Long, Long> extents = new TreeMap<>();
        for (int i = 0; i < came.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (came.get(j) > came.get(i)) {
                    extents.merge((long) (i - j), 1L, Long::sum);
                    break;
                }
            }
        }
        assertEquals(
                extents.values().stream().mapToLong(Long::longValue).sum(),
                reordering.extents().getTotalCount());
        extents.forEach((extent, count) ->
                assertEquals(count, reordering.extents().getCountAtValue(extent), () -> "extent " + extent));
    }

    private static Map<Integer, Long> density(List<Long> came) {
        List<Long> sorted = new ArrayList<>(new TreeSet<>(came));
        Map<Integer, Long> density = new TreeMap<>();
        for (int i = 0; i < came.size(); i++) {
            long displacement = sorted.get(i) - came.get(i);
            if (Math.abs(displacement) <= Reordering.THRESHOLD) {
                density.merge((int) displacement, 1L, Long::sum);
            }
        }
        return density;
    }

    private static Map<Integer, Long> occupancy(List<Long> came) {
        TreeSet<Long> toCome = new TreeSet<>(came);
        TreeSet<Long> held = new TreeSet<>();
        Map<Integer, Long> occupancy = new TreeMap<>();
        for (long number : came) {
            held.add(number);
            while (!held.isEmpty() && held.first().equals(toCome.first())) {
                toCome.pollFirst();
                held.pollFirst();
                if (toCome.isEmpty()) {
                    break;
                }
            }
            occupancy.merge(held.size(), 1L, Long::sum);
        }
        return occupancy;
    }

    @Test
    void aStreamIsMeasuredAcrossTheEndOfItsNumbersAndANewBeginning() {
        StreamMeter meter = new StreamMeter();
        int first = -3; // the 32 bits of a high number
        for (int i = 0; i < 6; i++) {
            if (i != 4) {
                meter.add(100, first + i, 1000L * i, 1000L * i + 10 + i, 1000L * i);
            }
        }
        meter.add(100, first + 5, 5000, 5200, 6000); // once more
        meter.add(100, 0, 9000, 9015, 9000); // who sends has begun anew
        meter.add(100, 1, 9100, 9115, 9100);
        StreamTraffic measured = meter.measured();
        assertEquals(7, measured.packets());
        assertEquals(1, measured.missing());
        assertEquals(1, measured.duplicates());
        assertEquals(0, measured.outOfOrder());
        assertEquals(1, measured.restarts());
        assertEquals(800, measured.bytes());
        assertEquals(15, measured.delay().getMaxValue());
        assertEquals(2, measured.variation().getMaxValue()); // from number 3 to 5
        assertEquals(1.0 / 8, measured.loss());
    }
}
