package io.tlem.bench;

import java.util.ArrayList;
import java.util.List;

/** Which links are measured. */
final class LinkCases {
    private static final List<String> SIZES = List.of("60", "128", "256", "512", "1024", "1514", "9014", "imix");
    private static final List<String> ENDS = List.of("60", "1514");

    private LinkCases() {}

    /** Every size and every delay, and the rest where it matters most. */
    static List<LinkCase> full() {
        List<LinkCase> cases = new ArrayList<>();
        cases.addAll(combinations(SIZES, List.of(0.0, 20.0), List.of(2), List.of(1), List.of("memory")));
        cases.addAll(combinations(ENDS, List.of(1.0, 100.0), List.of(2), List.of(1), List.of("memory")));
        cases.addAll(combinations(ENDS, List.of(0.0, 20.0), List.of(3), List.of(1), List.of("memory")));
        cases.addAll(combinations(
                List.of("60", "1514", "imix"), List.of(0.0, 20.0), List.of(2), List.of(1), List.of("pipe")));
        cases.addAll(combinations(ENDS, List.of(0.0, 20.0), List.of(2), List.of(2), List.of("memory")));
        return cases;
    }

    /** The shortest and the longest ordinary packets. */
    static List<LinkCase> quick() {
        List<LinkCase> cases = new ArrayList<>();
        cases.addAll(combinations(ENDS, List.of(0.0, 20.0), List.of(2), List.of(1), List.of("memory")));
        cases.addAll(combinations(List.of("1514"), List.of(20.0), List.of(2), List.of(1), List.of("pipe")));
        return cases;
    }

    /** Every combination; but packets longer than a pipe's buffers would be copied by the pipe, and are left out there. */
    static List<LinkCase> combinations(
            List<String> sizes,
            List<Double> delays,
            List<Integer> stages,
            List<Integer> directions,
            List<String> endpoints) {
        List<LinkCase> cases = new ArrayList<>();
        for (String size : sizes) {
            PacketSizes parsed = PacketSizes.parse(size);
            for (double delay : delays) {
                for (int direction : directions) {
                    for (String endpoint : endpoints) {
                        for (int stage : stages) {
                            if (!endpoint.equals("pipe") || PacketMemory.slotBytes(parsed) == PacketMemory.SLOT_BYTES) {
                                cases.add(new LinkCase(endpoint, parsed, (long) (delay * 1e6), stage, direction));
                            }
                        }
                    }
                }
            }
        }
        return cases;
    }
}
