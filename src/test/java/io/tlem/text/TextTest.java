package io.tlem.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What people write and what they read. */
class TextTest {
    @Property
    void anyTextIsAPartOfAList(@ForAll List<String> texts) {
        if (texts.isEmpty()) {
            return;
        }
        String list = texts.stream().map(Escapes::part).collect(Collectors.joining(", "));
        assertEquals(
                texts, Escapes.split(list, ',').stream().map(Escapes::plain).toList());
    }

    @Test
    void aBackslashTakesTheNextCharacterAsItIs() {
        assertEquals(List.of("a\\,b", "c", ""), Escapes.split(" a\\,b , c,", ','));
        assertEquals("a,b\\c", Escapes.plain("a\\,b\\\\\\c"));
        assertEquals(-1, Escapes.indexOf("ve\\=1", '='));
        assertThrows(IllegalArgumentException.class, () -> Escapes.split("a\\", ','));
    }

    @Property
    void nothingThatMovesATerminalIsShown(@ForAll String text) {
        String line = Shown.line(text, StandardCharsets.UTF_8);
        assertTrue(
                line.codePoints()
                        .noneMatch(c -> Character.isISOControl(c)
                                || Character.getType(c) == Character.FORMAT
                                || Character.getType(c) == Character.LINE_SEPARATOR),
                line);
    }

    @Test
    void escapesNameTheCharacter() {
        assertEquals("\\x1b[31m\\n\\u202eab\\x00", Shown.line("\u001b[31m\n\u202eab\0", StandardCharsets.UTF_8));
        assertEquals("b\\xfcro0 5 us", Shown.line("b\u00fcro0 5 \u00b5s", StandardCharsets.US_ASCII));
        assertEquals("b\u00fcro0 5 \u00b5s", Shown.line("b\u00fcro0 5 \u00b5s", StandardCharsets.UTF_8));
    }

    @Test
    void aLongLineKeepsItsStartAndItsEnd() {
        String line = Shown.line("-D " + "x".repeat(60_000) + " is not a time", StandardCharsets.UTF_8);
        assertTrue(line.length() < 1010, line);
        assertTrue(line.startsWith("-D xxx") && line.endsWith("is not a time"), line);
        assertFalse(Shown.text("x".repeat(100)).length() > 63);
    }

    @Test
    void whatWasMeantIsNearInLetters() {
        List<String> commands = List.of("run", "demo", "ports", "models");
        assertEquals("; did you mean 'run'?", Nearest.hint("rnu", commands));
        assertEquals("; did you mean 'run'?", Nearest.hint("rum", commands));
        assertEquals("", Nearest.similar("xyzzy", commands));
    }
}
