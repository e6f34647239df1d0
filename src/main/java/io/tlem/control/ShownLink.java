package io.tlem.control;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a link has answered to {@code show}, for people.
 *
 * @param answer that came
 */
public record ShownLink(Message answer) {
    private static final long SECOND = 1_000_000_000L;
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;

    /** The number of its process. */
    public String process() {
        return answer.inner("start").text("process");
    }

    /** How often it was changed. */
    public String version() {
        return answer.text("version");
    }

    /** The addresses of both ports. */
    public String ports() {
        Message ports = answer.inner("start").inner("ports");
        return ports.inner("a").text("address") + ", " + ports.inner("b").text("address");
    }

    /** {@code 1h02m03s}. */
    public String runsFor() {
        return duration(answer.number("elapsed_ns").orElse(0) / SECOND);
    }

    /** {@code 1h02m03s}. */
    public static String duration(long seconds) {
        return seconds < MINUTE
                ? seconds + "s"
                : seconds < HOUR
                        ? String.format(Locale.ROOT, "%dm%02ds", seconds / MINUTE, seconds % MINUTE)
                        : String.format(
                                Locale.ROOT,
                                "%dh%02dm%02ds",
                                seconds / HOUR,
                                seconds % HOUR / MINUTE,
                                seconds % MINUTE);
    }

    /** The parameters of each direction, by its name. */
    public Map<String, String> inForce() {
        return inForce(answer);
    }

    /** The same of the answer to a change. */
    public static Map<String, String> inForce(Message answer) {
        Map<String, String> all = new LinkedHashMap<>();
        Message directions = answer.inner("in_force");
        for (String direction : directions.keys()) {
            Message values = directions.inner(direction);
            String text = values.keys().stream()
                    .map(key -> key + " " + values.text(key))
                    .collect(Collectors.joining(", "));
            all.put(direction, text.isEmpty() ? "no impairment" : text);
        }
        return all;
    }
}
