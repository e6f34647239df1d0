package io.tlem.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.control.Message;
import io.tlem.control.ShownLink;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.junit.jupiter.api.Test;

/** What is drawn of what a link says. */
class FrameTest {
    private static final Frame.Looks COLOURS = new Frame.Looks(StandardCharsets.UTF_8, true, true);
    private static final Frame.Looks PLAIN = new Frame.Looks(StandardCharsets.US_ASCII, false, false);

    private static Message interval(int second, long packets, long lost) {
        return Message.parse(
                "test",
                String.format(
                        Locale.ROOT,
                        "{\"type\":\"interval\",\"elapsed_seconds\":%d.5,\"directions\":[%s,%s]}",
                        second,
                        direction("a->b", packets, lost),
                        direction("b->a", 0, 0)));
    }

    private static String direction(String name, long packets, long lost) {
        long sent = packets - lost;
        String times = sent == 0
                ? "{\"count\":0}"
                : "{\"count\":" + sent + ",\"min\":1,\"mean\":20000000,\"p50\":20000000,\"p90\":21000000,\"p99\":"
                        + packets + "000,\"p99.9\":40000000,\"p99.99\":40000000,\"max\":41000000}";
        return "{\"name\":\"" + name + "\",\"received_packets\":" + packets + ",\"received_bytes\":" + packets * 1250
                + ",\"duplicated_packets\":0,\"transmitted_packets\":" + sent + ",\"transmitted_bytes\":" + sent * 1250
                + ",\"packets_per_second\":" + sent + ",\"dropped_packets\":{\"loss\":" + lost
                + ",\"queue\":0},\"missed_packets\":0,\"buffered_packets\":7,\"link_times_ns\":{\"count\":" + sent
                + (sent == 0 ? "" : ",\"queue\":{\"mean\":5000000.5,\"max\":6000000}") + "},\"lateness_ns\":" + times
                + ",\"time_inside_ns\":" + times + "}";
    }

    private static ShownLink shown(String address) {
        return new ShownLink(Message.parse(
                "test",
                "{\"name\":\"wan\",\"version\":3,\"elapsed_ns\":62000000000,"
                        + "\"in_force\":{\"a->b\":{\"delay\":\"20ms\",\"loss\":\"1%\"},\"b->a\":{}},"
                        + "\"start\":{\"process\":1,\"ports\":{\"a\":{\"address\":\"" + address
                        + "\"},\"b\":{\"address\":\"veth1\"}}},\"status\":{\"directions\":["
                        + direction("a->b", 2000, 1234) + "," + direction("b->a", 0, 0) + "]}}"));
    }

    private static History history(int seconds) {
        History history = new History();
        for (int second = 1; second <= seconds; second++) {
            history.add(interval(second, 1000, second % 10));
        }
        return history;
    }

    private static List<String> text(Frame frame, int columns, int rows, Frame.Looks looks) {
        List<AttributedString> lines = frame.lines(columns, rows, looks);
        assertEquals(rows, lines.size());
        for (AttributedString line : lines) {
            assertTrue(line.columnLength() <= columns, columns + ": " + line);
        }
        return lines.stream().map(line -> line.toString().stripTrailing()).toList();
    }

    @Test
    void everySizeHasWhatFits() {
        Frame frame = new Frame(shown("veth0"), history(300), 1, false, false);
        for (int columns = 1; columns <= 240; columns++) {
            for (int rows : new int[] {1, 2, 7, 8, 9, 12, 23, 24, 25, 50, 90}) {
                text(frame, columns, rows, COLOURS);
            }
        }
    }

    @Test
    void bothDirectionsAreWholeOnTheUsualTerminal() {
        List<String> lines = text(new Frame(shown("veth0"), history(100), 1, false, false), 80, 24, PLAIN);
        assertTrue(lines.getFirst().matches(" wan: veth0, veth1 +version 3  runs for 1m02s"), lines.getFirst());
        assertEquals("a->b " + "-".repeat(75), lines.get(1));
        assertEquals("delay 20ms, loss 1%", lines.get(2));
        assertTrue(lines.get(3).matches("in {6}10\\.0 Mbit/s  1\\.00 kpps +@{33} 10\\.0 Mbit/s"), lines.get(3));
        assertTrue(lines.get(4).startsWith("out     10.0 Mbit/s  1.00 kpps"), lines.get(4));
        assertTrue(lines.get(5).startsWith("queue   5.00 ms     inside 7"), lines.get(5));
        assertTrue(lines.get(6).startsWith("dropped 0 %         0 pps"), lines.get(6));
        assertTrue(lines.get(6).endsWith(" 0.90 %"), "the most of what is drawn: " + lines.get(6));
        assertTrue(lines.get(7).startsWith("late    p90 21.0 ms"), lines.get(7));
        assertEquals("drops   none; since the start loss 1,234", lines.get(8));
        assertTrue(
                lines.get(10).startsWith("inside     20.0 ms   20.0 ms   21.0 ms   1.00 ms   40.0 ms"), lines.get(10));
        assertEquals("b->a " + "-".repeat(75), lines.get(12));
        assertEquals("no impairment", lines.get(13));
        assertEquals("in      0 bit/s      0 pps", lines.get(14));
        assertEquals("q quit  p pause  r 1 s a point  ? help", lines.getLast());
    }

    @Test
    void aWideTerminalHasThemBesideEachOther() {
        List<String> lines = text(new Frame(shown("veth0"), history(100), 1, true, false), 200, 50, COLOURS);
        assertTrue(lines.get(1).contains("a->b ━━━") && lines.get(1).contains("b->a ━━━"), lines.get(1));
        assertTrue(lines.getFirst().contains("PAUSED"));
        assertTrue(lines.stream().filter(line -> line.contains("██")).count() > 20, "charts are several rows high");
    }

    @Test
    void onlyATerminalThatMayBeColouredIs() {
        Frame frame = new Frame(shown("veth0"), history(3), 1, false, false);
        AttributedString colours = frame.lines(80, 24, COLOURS).get(3);
        assertEquals(AttributedStyle.DEFAULT.foreground(AttributedStyle.CYAN), colours.styleAt(8));
        for (AttributedString line : frame.lines(80, 24, PLAIN)) {
            for (int i = 0; i < line.length(); i++) {
                AttributedStyle style = line.styleAt(i);
                assertTrue(
                        style.equals(AttributedStyle.DEFAULT)
                                || style.equals(AttributedStyle.BOLD)
                                || style.equals(AttributedStyle.DEFAULT.inverse())
                                || style.equals(AttributedStyle.DEFAULT.faint()),
                        line.toString());
            }
        }
    }

    /** An address is a user's, and may be made to move the cursor. */
    @Test
    void whatOthersHaveWrittenMovesNothing() {
        Frame frame = new Frame(shown("pcap:\\u001b[2Jx"), history(3), 1, false, false);
        String first = text(frame, 80, 24, PLAIN).getFirst();
        assertTrue(first.contains("pcap:\\x1b[2Jx"), first);
        assertFalse(first.contains("\u001b"));
    }

    @Test
    void severalSecondsAreOnePoint() {
        History history = new History();
        for (int second = 1; second <= 7; second++) {
            history.add(interval(second, 100L * second, second == 2 ? 50 : 0));
        }
        List<Point> points = history.points("a->b", 2, 10);
        assertEquals(3, points.size(), "the seventh second waits for the eighth");
        Point first = points.getFirst();
        assertEquals(300, first.receivedPackets());
        assertEquals(2.0, first.seconds());
        assertEquals(300 * 1250 * 8 / 2.0, first.receivedBitsPerSecond());
        assertEquals(50 / 300.0, first.droppedShare());
        assertEquals(200_000, first.late().p99(), "the worse one");
        assertEquals(2, history.points("a->b", 2, 2).size());
        assertEquals(700, history.points("a->b", 1, 1).getFirst().receivedPackets());
        assertEquals(1, history.points("a->b", 10, 5).size(), "there is something to see at once");
        History copy = new History(history);
        history.add(interval(8, 800, 0));
        assertEquals(4, history.points("a->b", 2, 10).size());
        assertEquals(3, copy.points("a->b", 2, 10).size(), "what is paused stands");
    }

    @Test
    void whatIsLongAgoIsForgotten() {
        History history = history(History.MOST_POINTS + 5);
        assertEquals(
                History.MOST_POINTS,
                history.points("a->b", 1, Integer.MAX_VALUE).size());
        List<Point> fives = history.points("a->b", 5, Integer.MAX_VALUE);
        assertTrue(fives.stream().allMatch(point -> point.receivedPackets() == 5000), "groups stay as they were");
    }

    @Test
    void aSparklineShowsWhateverIsNotNothing() {
        assertEquals(List.of("  ▁▄█ "), Sparkline.rows(new double[] {1e-9, 50, 100, 0}, 100, 6, 1, true));
        assertEquals(List.of("  █", " ▄█"), Sparkline.rows(new double[] {25, 100}, 100, 3, 2, true));
        assertEquals(List.of(".=@"), Sparkline.rows(new double[] {1, 45, 100}, 100, 3, 1, false));
        assertEquals(List.of("  "), Sparkline.rows(new double[] {0, 0}, 0, 2, 1, false));
        assertFalse(Sparkline.hasBlocks(StandardCharsets.ISO_8859_1));
        assertTrue(Sparkline.hasBlocks(StandardCharsets.UTF_8));
    }
}
