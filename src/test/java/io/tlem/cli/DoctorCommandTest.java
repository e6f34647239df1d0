package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tlem.os.doctor.Finding;
import io.tlem.os.doctor.Finding.State;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code tlem doctor} makes of what was found. */
class DoctorCommandTest {
    private static final Finding WARN = new Finding("clock", State.WARN, "a \"b\"", "It matters.", "true");
    private static final Finding BAD = new Finding("eth7: state", State.BAD, "down", "Nothing passes.", "");

    @Test
    void badThingsAreCounted() {
        assertEquals(0, DoctorCommand.bad(List.of(WARN)));
        assertEquals(1, DoctorCommand.bad(List.of(WARN, BAD)));
    }

    @Test
    void json() {
        assertEquals(
                "{\"findings\":[{\"name\":\"clock\",\"state\":\"warn\",\"found\":\"a \\\"b\\\"\",\"why\":\"It matters.\","
                        + "\"mend\":\"true\"},{\"name\":\"eth7: state\",\"state\":\"bad\",\"found\":\"down\","
                        + "\"why\":\"Nothing passes.\",\"mend\":\"\"}],\"bad\":1}",
                DoctorCommand.json(List.of(WARN, BAD)));
    }

    @Test
    void anUnknownInterface() {
        assertEquals(2, Main.execute("doctor", "no-such-if"));
        assertEquals(2, Main.execute("doctor", "--fix", "no-such-if", "--", "true"));
    }

    @Test
    void aCommandIsForFixAlone() {
        assertEquals(2, Main.execute("doctor", "--", "true"));
        assertEquals(2, Main.execute("doctor", "--undo", "--", "true"));
        assertEquals(2, Main.execute("doctor", "--fix", "--"));
    }
}
