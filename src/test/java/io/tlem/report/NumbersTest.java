package io.tlem.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Numbers have names of their own, the page lists them, and assertions that cannot be meant are refused. */
class NumbersTest {
    @Test
    void namesAreTheirOwnAndLeadBack() {
        List<String> names =
                Numbers.listed().stream().map(Numbers.Measure::name).toList();
        assertEquals(names.size(), new HashSet<>(names).size());
        for (String name : names) {
            assertEquals(name, Numbers.of(name).name());
            assertTrue(name.matches("[a-z0-9-]+(\\.[a-z0-9.-]+)?"), name);
        }
    }

    @Test
    void thePageListsEachWithItsUnit() throws IOException {
        Path root = Files.exists(Path.of("README.md")) ? Path.of("") : Path.of("..");
        String page = Files.readString(root.resolve("src/site/markdown/reports.md"));
        for (String name : Numbers.described().keySet()) {
            assertTrue(page.contains("`" + name + "`") || page.contains("`" + name + ".…`"), name);
        }
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of("", "is not DIRECTION.NUMBER"),
                Arguments.of("a-b.loss", "is not DIRECTION.NUMBER"),
                Arguments.of("a-b.loss<", "is not DIRECTION.NUMBER"),
                Arguments.of("loss<1%", "'loss' is no direction"),
                Arguments.of("a-c.loss<1%", "did you mean 'a-b'?"),
                Arguments.of("a-b<1%", "names no number of a-b"),
                Arguments.of("a-b.los<1%", "did you mean 'loss'?"),
                Arguments.of("a-b.received.packet>1", "did you mean 'received.packets'?"),
                Arguments.of("a-b.lateness<1ms", "percentiles such as lateness.p99"),
                Arguments.of("a-b.lateness.p101<1ms", "percentiles such as lateness.p99"),
                Arguments.of("a-b.lateness.p99<1%", "'1%' is not a time"),
                Arguments.of("a-b.loss<2", "'2' is out of range"),
                Arguments.of("a-b.received.packets>1.5", "'1.5' is not a whole number"),
                Arguments.of("a-b.nonsense<1", "such are"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatCannotBeMeantIsRefused(String text, String reason) {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> Assertion.of(text, TrafficNumbers.Kind.NONE));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    @Test
    void spacesAndOtherSignsAreTaken() {
        Assertion assertion = Assertion.of(" b-a.lateness.p99.9 >= 1.5ms ", TrafficNumbers.Kind.NONE);
        assertEquals("b-a.lateness.p99.9", assertion.path());
        assertEquals(">=", assertion.sign());
        assertEquals(1_500_000, assertion.limit());
        assertEquals("=", Assertion.of("a-b.loss==0", TrafficNumbers.Kind.NONE).sign());
        assertEquals(
                0.02, Assertion.of("a-b.loss<=2%", TrafficNumbers.Kind.NONE).limit());
    }
}
