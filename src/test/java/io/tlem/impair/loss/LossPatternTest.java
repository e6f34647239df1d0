package io.tlem.impair.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.FileLimits;
import io.tlem.impair.LossModel;
import io.tlem.impair.Models;
import io.tlem.impair.PacketContext;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.SpecException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The losses without chance: every packet's fate is known. */
class LossPatternTest {
    @TempDir
    Path folder;

    private static LossModel model(String spec) {
        return Models.loss(spec, new RandomStreams(1, 0));
    }

    private static String decisions(LossModel model, int packets) {
        PacketContext packet = new PacketContext();
        StringBuilder decisions = new StringBuilder();
        for (int i = 0; i < packets; i++) {
            decisions.append(model.loses(packet) ? '1' : '0');
        }
        return decisions.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "every,1           | 111111111111111111111111",
                "every,5           | 000010000100001000010000",
                "every,5,1         | 100001000010000100001000",
                "every,5,8         | 000000010000100001000010",
                "every,n=2,first=2 | 010101010101010101010101",
                "every,1,4         | 000111111111111111111111",
                "packets,1         | 100000000000000000000000",
                "packets,3,7,10-20 | 001000100111111111110000",
                "packets,10-20,7,3 | 001000100111111111110000",
                "packets,5-9,2-6   | 011111111000000000000000",
                "packets,2-9,4-5,9 | 011111111000000000000000",
                "packets,1-2,3-4   | 111100000000000000000000",
                "packets,4,4,24    | 000100000000000000000001",
                "packets,list=2-2  | 010000000000000000000000",
                "packets,5 - 6     | 000011000000000000000000",
                "packets,999999999999999 | 000000000000000000000000"
            })
    void numbersOfPackets(String spec, String expected) {
        assertEquals(expected, decisions(model(spec), 24));
    }

    @Property
    void listedPacketsAreThoseInTheRanges(
            @ForAll @Size(min = 1, max = 12) List<@IntRange(min = 1, max = 60) Integer> firsts,
            @ForAll @IntRange(min = 0, max = 9) int length) {
        boolean[] expected = new boolean[80];
        StringBuilder spec = new StringBuilder("packets");
        for (int first : firsts) {
            Arrays.fill(expected, first, first + length + 1, true);
            spec.append(',').append(first).append('-').append(first + length);
        }
        String found = decisions(model(spec.toString()), 79);
        for (int number = 1; number < 80; number++) {
            assertEquals(expected[number], found.charAt(number - 1) == '1', spec + ", packet " + number);
        }
    }

    private Path file(String content) throws IOException {
        return Files.writeString(folder.resolve("losses"), content, StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            delimiter = '|',
            value = {
                "01                              | wrap | 01010101",
                "01                              | once | 01000000",
                "1                               | wrap | 11111111",
                "# 1 1 1;0 1;# 1; 1\r;           | wrap | 01101101"
            })
    void filesOfBits(String content, String end, String expected) throws IOException {
        Path file = file(content.strip().replace(';', '\n'));
        assertEquals(expected, decisions(model("bits," + file + "," + end), 8));
        assertEquals("0110", decisions(model("bits," + file("# c\n01\n\n10\n") + ",end=once"), 4));
    }

    @Test
    void aLongFileIsReadAcrossItsBlocks() throws IOException {
        Random random = new Random(5);
        StringBuilder bits = new StringBuilder();
        StringBuilder content = new StringBuilder();
        for (int i = 0; i < 300_000; i++) {
            char bit = random.nextInt(10) == 0 ? '1' : '0';
            bits.append(bit);
            content.append(bit).append(i % 61 == 60 ? "\n# 01\n" : i % 7 == 6 ? " " : "");
        }
        LossModel model = model("bits," + file(content.toString()));
        assertEquals(bits.toString(), decisions(model, bits.length()));
        assertEquals(bits.toString(), decisions(model, bits.length()), "the second time");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            delimiter = '|',
            value = {
                "01;0x1    | :2: 'x' is neither 0 nor 1",
                "# c;;0;12 | :4: '2' is neither",
                "0 #       | :1: '#' is neither",
                "0;\u00e4  | :2: byte 0xe4 is neither",
                "0;\u00077 | :2: byte 0x07 is neither",
                "# nothing | : has no 0 and no 1",
                "\"\"      | : has no 0 and no 1",
                "\" ; \"   | : has no 0 and no 1"
            })
    void filesThatAreNotOfBitsAreRefusedWithTheLine(String content, String reason) throws IOException {
        Path file = file(content.replace(';', '\n'));
        SpecException e = assertThrows(SpecException.class, () -> model("bits," + file));
        assertTrue(e.getMessage().startsWith(file + reason), e.getMessage());
        assertFalse(e.getMessage().contains("\n"));
    }

    @Test
    void aFileOfTooManyPacketsIsRefused() throws IOException {
        Path file = folder.resolve("many");
        byte[] block = new byte[1 << 20];
        Arrays.fill(block, (byte) '1');
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < FileLimits.PACKETS / block.length; i++) {
                out.write(block);
            }
        }
        assertTrue(model("bits," + file).loses(new PacketContext()));
        Files.writeString(file, "\n1", StandardOpenOption.APPEND);
        SpecException e = assertThrows(SpecException.class, () -> model("bits," + file));
        assertTrue(e.getMessage().contains(":2: there are more than 67108864 packets"), e.getMessage());
    }

    /** What the documentation says, written as simply as possible: the losses, or nothing for a file that is refused. */
    private static String simplyRead(String content) {
        StringBuilder bits = new StringBuilder();
        for (String line : content.split("\n", -1)) {
            bits.append(line.startsWith("#") ? "" : line.replaceAll("[ \t\u000b\f\r]", ""));
        }
        return bits.toString().matches("[01]+") ? bits.toString() : "";
    }

    private static void isReadOrRefused(byte[] content) throws IOException {
        String expected = simplyRead(new String(content, StandardCharsets.ISO_8859_1));
        Path file = Files.createTempFile("losses", ".txt");
        try {
            Files.write(file, content);
            String found;
            try {
                LossModel model = model("bits," + file);
                found = decisions(model, Math.max(1, expected.length()));
            } catch (SpecException e) {
                assertFalse(e.getMessage().contains("\n"));
                found = "";
            }
            assertEquals(expected, found);
        } finally {
            Files.delete(file);
        }
    }

    @Property
    void anyBytesAreReadOrRefused(@ForAll byte[] content) throws IOException {
        isReadOrRefused(content);
    }

    @Property
    void anyTextThatIsNearlyRightIsReadOrRefused(
            @ForAll
                    List<@Chars({'0', '1', '\n', '\r', ' ', '\t', '#'}) @CharRange(from = '0', to = '2') Character>
                            text)
            throws IOException {
        StringBuilder content = new StringBuilder();
        text.forEach(content::append);
        isReadOrRefused(content.toString().getBytes(StandardCharsets.ISO_8859_1));
    }
}
