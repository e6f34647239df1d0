package io.tlem.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;

/** The summary that an emulator prints as JSON when it ends. */
final class EmulatorReport {
    private final Json summary;

    private EmulatorReport(Json summary) {
        this.summary = summary;
    }

    /** Reads the last line of the output and checks that the books of each direction balance. */
    static EmulatorReport parse(String out) {
        List<String> lines = out.lines().toList();
        assertEquals(false, lines.isEmpty(), "no report");
        EmulatorReport report = new EmulatorReport(Json.parse(lines.get(lines.size() - 1)));
        assertEquals("summary", report.summary.get("type").toString());
        List<Json> directions = report.summary.get("directions").array();
        assertEquals(2, directions.size(), out);
        for (Json json : directions) {
            Direction direction = new Direction(json);
            assertEquals(0, json.get("unaccounted_packets").number(), json.toString());
            assertEquals(
                    direction.received(),
                    direction.transmitted() + direction.droppedPackets() + direction.stillInside(),
                    "received = transmitted + dropped + still inside: " + json);
        }
        return report;
    }

    Direction leftToRight() {
        return new Direction(summary.get("directions").array().get(0));
    }

    Direction rightToLeft() {
        return new Direction(summary.get("directions").array().get(1));
    }

    @Override
    public String toString() {
        return summary.toString();
    }

    /**
     * One direction.
     *
     * @param json its object in the report
     */
    record Direction(Json json) {
        long received() {
            return json.get("received_packets").number();
        }

        long transmitted() {
            return json.get("transmitted_packets").number();
        }

        long transmittedBytes() {
            return json.get("transmitted_bytes").number();
        }

        /** Packets about which no model has decided. */
        long exempt() {
            return json.get("exempt_packets").number();
        }

        /** Packets dropped for a reason. */
        long dropped(String reason) {
            return json.get("dropped_packets", reason).number();
        }

        long droppedPackets() {
            return json.get("dropped_packets").object().values().stream()
                    .mapToLong(Json::number)
                    .sum();
        }

        long stillInside() {
            return json.get("still_inside_packets").number();
        }

        /** Packets that the port lost before the emulator received them. */
        long missed() {
            return json.get("missed_packets").number();
        }

        /** Packets that a router took out for a reason. */
        long filtered(String reason) {
            return json.get("filtered_packets", reason).number();
        }

        double medianMillisInside() {
            return json.get("time_inside_ns", "p50").decimal() / 1e6;
        }
    }
}
