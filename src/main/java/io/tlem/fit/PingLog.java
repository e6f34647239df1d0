package io.tlem.fit;

import io.tlem.text.InputFile;
import io.tlem.text.Shown;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What ping has printed: that of Linux's iputils, with and without {@code -D}, {@code -n}, {@code -O}, of FreeBSD, of macOS and of
 * BusyBox, over IPv4 and IPv6. Lines of other kinds are passed over.
 */
public final class PingLog {
    /** As many packets of one log are looked at. */
    public static final int MOST_PACKETS = 4_000_000;

    private static final Path STANDARD_INPUT = Path.of("-");
    private static final int MOST_LINE_CHARACTERS = 4096;
    private static final int SEQUENCE_NUMBERS = 65536;
    private static final Pattern REPLY = Pattern.compile("^(?:\\[\\d+(?:\\.\\d+)?\\] )?\\d+ bytes from .*?[ ,:]"
            + "(?:icmp_)?seq=(\\d{1,5})\\b.*?\\btime[=<] ?(\\d{1,9}(?:\\.\\d{1,9})?) ?(ms|us|s|sec)\\b(.*)$");
    private static final Pattern HEADER = Pattern.compile("^PING6?[ (].*");
    private static final Pattern COUNTS =
            Pattern.compile("^(\\d{1,9}) packets transmitted, (\\d{1,9}) (?:packets )?received.*");

    private final String name;
    private final Map<Integer, Long> replies = new HashMap<>(); // RTT of each number, ns
    private int first = Integer.MAX_VALUE;
    private int last = Integer.MIN_VALUE;
    private int highest = Integer.MIN_VALUE;
    private long duplicates;
    private long reordered;
    private long transmitted = -1;
    private int startsAt = -1;

    private PingLog(String name) {
        this.name = name;
    }

    /**
     * Reads a log.
     *
     * @param file of it; - is the standard input
     * @throws IllegalArgumentException with one line, when it cannot be read or has no answer of a ping
     */
    public static PingLog read(Path file) {
        boolean standard = file.equals(STANDARD_INPUT);
        PingLog log = new PingLog(standard ? "standard input" : file.toString());
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(standard ? System.in : InputFile.open(file), StandardCharsets.UTF_8))) {
            for (String line = next(lines, log.name); line != null; line = next(lines, log.name)) {
                log.line(line);
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(log.name + ": cannot be read: " + InputFile.reason(e), e);
        }
        if (log.replies.isEmpty()) {
            throw new IllegalArgumentException(
                    log.name
                            + (log.transmitted > 0
                                    ? ": none of the " + log.transmitted
                                            + " packets was answered: no link can be found of that"
                                    : ": has no line as ping prints them for an answer: 64 bytes from ...: icmp_seq=1 ttl=64 time=1.23 ms"));
        }
        return log;
    }

    private static String next(BufferedReader lines, String name) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = lines.read(); ; c = lines.read()) {
            if (c < 0) {
                return line.isEmpty() ? null : line.toString();
            }
            if (c == '\n') {
                return line.toString();
            }
            if (line.length() == MOST_LINE_CHARACTERS) {
                throw new IllegalArgumentException(name + ": is no log of ping: it has a line of more than "
                        + MOST_LINE_CHARACTERS + " characters");
            }
            line.append((char) c);
        }
    }

    private void line(String line) {
        String text = line.strip();
        Matcher reply = REPLY.matcher(text);
        if (reply.matches()) {
            reply(reply);
            return;
        }
        Matcher counts = COUNTS.matcher(text);
        if (counts.matches()) {
            transmitted = Math.max(0, transmitted) + Long.parseLong(counts.group(1));
        } else if (HEADER.matcher(text).matches()) {
            if (!replies.isEmpty()) {
                throw new IllegalArgumentException(name + ": has more than one run of ping; give one");
            }
            // iputils counts from 1; those that write a colon behind the address, and ping6, from 0.
            startsAt = text.contains("): ") || text.startsWith("PING6") ? 0 : 1;
        }
    }

    private void reply(Matcher reply) {
        int number = unwrapped(Integer.parseInt(reply.group(1)));
        double unit = switch (reply.group(3)) {
            case "ms" -> 1e6;
            case "us" -> 1e3;
            default -> 1e9;
        };
        long nanos =
                new BigDecimal(reply.group(2)).multiply(new BigDecimal(unit)).longValue();
        boolean again = reply.group(4).contains("DUP!") || replies.containsKey(number);
        if (again) {
            duplicates++;
            return;
        }
        if (replies.size() == MOST_PACKETS) {
            throw new IllegalArgumentException(name + ": has more than " + MOST_PACKETS + " answers");
        }
        replies.put(number, nanos);
        reordered += number < highest ? 1 : 0;
        highest = Math.max(highest, number);
        first = Math.min(first, number);
        last = Math.max(last, number);
        if ((long) last - first >= MOST_PACKETS) {
            throw new IllegalArgumentException(name + ": the numbers of its packets are farther apart than "
                    + MOST_PACKETS + ": " + Shown.quoted(reply.group()));
        }
    }

    /** Numbers have 16 bits, and begin anew. */
    private int unwrapped(int number) {
        if (highest == Integer.MIN_VALUE) {
            return number;
        }
        int distance = Math.floorMod(number - highest + SEQUENCE_NUMBERS / 2, SEQUENCE_NUMBERS) - SEQUENCE_NUMBERS / 2;
        return highest + distance;
    }

    /** Number of the first packet that was sent. */
    private int begin() {
        return startsAt >= 0 ? Math.min(first, startsAt) : first;
    }

    /** Packets that were sent: up to the last answer, or as many as the last lines say. */
    public long sent() {
        return Math.max((long) last - begin() + 1, transmitted);
    }

    /** Packets that were answered, each once. */
    public long answered() {
        return replies.size();
    }

    /** Answers that came again. */
    public long duplicates() {
        return duplicates;
    }

    /** Answers that came behind one of a packet sent later. */
    public long reordered() {
        return reordered;
    }

    /** Which packets had no answer, in the order in which they were sent. */
    LossSequence losses() {
        LossSequence losses = new LossSequence();
        int begin = begin();
        long sent = sent();
        for (long i = 0; i < sent; i++) {
            losses.add(replies.containsKey((int) (begin + i)) ? LossSequence.Fate.KEPT : LossSequence.Fate.LOST);
        }
        return losses;
    }

    /** Round-trip times in the order in which the packets were sent, ns. */
    long[] times() {
        List<Integer> numbers = new ArrayList<>(replies.keySet());
        numbers.sort(Integer::compare);
        return numbers.stream().mapToLong(replies::get).toArray();
    }
}
