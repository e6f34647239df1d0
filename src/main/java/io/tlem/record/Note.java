package io.tlem.record;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A line about the link among the packets of a recording: an entry of systemd's journal in its export format, which Wireshark
 * shows. Its fields are texts without line ends.
 */
final class Note {
    /** Version of the format, in the first note, which says what the link is. */
    static final String RECORDING = "TLEM_RECORDING";

    static final String WAYS = "TLEM_WAYS";
    static final String SEED = "TLEM_SEED";
    static final String CLOCK = "TLEM_CLOCK_NS"; // what the link's clock shows, when the time of day is 1970
    static final String START = "TLEM_START_NS";
    static final String SCENARIO = "TLEM_SCENARIO_NS";
    static final String USUAL_BYTES = "TLEM_PACKET_BYTES";
    static final String BUFFER_BYTES = "TLEM_BUFFER_BYTES";
    static final String LINK = "TLEM_LINK";

    /** How often the models of a direction have changed, in a note that says so. */
    static final String CHANGE = "TLEM_CHANGE";

    static final String WAY = "TLEM_WAY";
    static final String NUMBER = "TLEM_NUMBER"; // of the first packet
    static final String NANOS = "TLEM_NS";
    static final String DECIDED = "TLEM_DECIDED_NS";
    static final String GENERATION = "TLEM_GENERATION";

    /** First and last number of packets for which the buffer had no room. */
    static final String NO_ROOM = "TLEM_NO_ROOM";

    /** Up to where nothing is missing in each direction, and further on it is not known yet. */
    static final String COMPLETE = "TLEM_COMPLETE";

    /** Packets of each direction, in the last note. */
    static final String END = "TLEM_END";

    /**
     * CRC-32C of all that is in the file behind the note before, up to this line, which is the last of each note: eight
     * hexadecimal digits.
     */
    private static final String SUM = "TLEM_CRC32C=";

    private static final int SUM_DIGITS = 8;

    /** Bytes of the line with it. */
    static final int SUM_BYTES = SUM.length() + SUM_DIGITS + 1;

    /** What the names of the emulator's fields begin with. */
    private static final String OWN = "TLEM_";

    private static final String TIME = "__REALTIME_TIMESTAMP"; // us since 1970
    private static final String MESSAGE = "MESSAGE";
    private static final List<String> WAY_NAMES = List.of("a->b", "b->a");

    private final Map<String, String> fields = new LinkedHashMap<>();

    private Note() {}

    /**
     * Begins one.
     *
     * @param nanos since 1970
     * @param message for people, a line
     */
    Note(long nanos, String message) {
        with(TIME, nanos / 1000);
        with(MESSAGE, message);
        with("SYSLOG_IDENTIFIER", "tlem");
    }

    /** Reads one; lines that are none of a text field are left out. */
    static Note parse(String text) {
        Note note = new Note();
        text.lines().forEach(line -> {
            int equals = line.indexOf('=');
            if (equals > 0) {
                note.fields.put(line.substring(0, equals), line.substring(equals + 1));
            }
        });
        return note;
    }

    /** Whether a text can be one of these, perhaps a damaged one. */
    static boolean isOwn(String text) {
        return text.contains(OWN);
    }

    /** The last line of a note. */
    static byte[] sum(CRC32C sum) {
        return (SUM + HexFormat.of().toHexDigits((int) sum.getValue()) + '\n').getBytes(StandardCharsets.US_ASCII);
    }

    /** Whether a text has a checksum. */
    static boolean hasSum(String text) {
        return text.contains(SUM);
    }

    /**
     * Whether a text ends with the checksum of what comes before it.
     *
     * @param sum of all before the text, to which that is added
     */
    static boolean isIntact(String text, CRC32C sum) {
        int lines = text.lastIndexOf(SUM);
        if (lines < 0) {
            return false;
        }
        sum.update(text.substring(0, lines).getBytes(StandardCharsets.UTF_8));
        String line = new String(sum(sum), StandardCharsets.US_ASCII);
        return text.startsWith(line, lines)
                && text.substring(lines + line.length()).chars().allMatch(c -> c == 0);
    }

    /** The name of a direction. */
    static String way(int direction) {
        return WAY_NAMES.get(direction);
    }

    Note with(String field, Object value) {
        fields.put(field, value.toString().replaceAll("\\s*\\R\\s*", " "));
        return this;
    }

    Note with(String field, List<?> values) {
        return with(
                field, String.join(" ", values.stream().map(Object::toString).toList()));
    }

    boolean has(String field) {
        return fields.containsKey(field);
    }

    Optional<String> find(String field) {
        return Optional.ofNullable(fields.get(field));
    }

    /** @throws IllegalArgumentException saying what is missing */
    String get(String field) {
        return find(field).orElseThrow(() -> new IllegalArgumentException("has a note without " + field));
    }

    /** @throws IllegalArgumentException saying what is wrong */
    long number(String field) {
        return number(field, get(field));
    }

    /** The numbers of a field with several. */
    List<Long> numbers(String field) {
        List<Long> numbers = new ArrayList<>();
        for (String word : get(field).split(" ", -1)) {
            numbers.add(number(field, word));
        }
        return numbers;
    }

    private static long number(String field, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("has a note whose " + field + " is no number", e);
        }
    }

    /** 0 or 1. */
    int direction() {
        int direction = WAY_NAMES.indexOf(get(WAY));
        if (direction < 0) {
            throw new IllegalArgumentException("has a note of a direction that there is not");
        }
        return direction;
    }

    /** As it stands in a file. */
    String text() {
        StringBuilder text = new StringBuilder();
        fields.forEach(
                (name, value) -> text.append(name).append('=').append(value).append('\n'));
        return text.toString();
    }
}
