package io.tlem.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotBlank;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortAddressTest {
    @Test
    void parts() {
        PortAddress address = PortAddress.parse("packet:eth0,timestamp=user,rx-slots=64");
        assertEquals("packet", address.kind());
        assertEquals("eth0", address.name());
        assertEquals(Map.of("timestamp", "user", "rx-slots", "64"), address.options());
        assertEquals(new PortAddress("", "eth0", Map.of()), PortAddress.parse("eth0"));
        assertEquals(new PortAddress("sink", "", Map.of()), PortAddress.parse("sink:"));
        assertEquals(new PortAddress("sink", "", Map.of("check", "on")), PortAddress.parse("sink:check=on"));
        assertEquals(
                new PortAddress("generator", "", Map.of("size", "60", "pps", "5")),
                PortAddress.parse("generator:size=60,pps=5"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "eth0",
                "packet:eth0,timestamp=user",
                "sink:",
                "generator:size=60,pps=5",
                "netmap:eth0-2",
                "packet:ve\\=1",
                "packet:v\\,1,timestamp=user",
                "v\\,1",
                "a\\:b",
                "netmap:x,library=a\\,b.so"
            })
    void printsAsItWasWritten(String text) {
        assertEquals(text, PortAddress.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "packet:eth0,x", "packet:eth0,=1", "packet:eth0,a=1,a=2", "packet:eth0,"})
    void badOnesAreRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> PortAddress.parse(text));
    }

    @Test
    void unknownOptionsAreNamed() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> PortAddress.parse("packet:eth0,speed=1").requireOptionsIn(Set.of("timestamp")));
        assertTrue(e.getMessage().contains("speed") && e.getMessage().contains("timestamp"), e.getMessage());
    }

    @Property
    void anyNameCanBeWritten(@ForAll @NotBlank String name, @ForAll String value) {
        PortAddress address = new PortAddress("packet", name, Map.of("option", value));
        assertEquals(address, PortAddress.parse(address.toString()));
        PortAddress bare = PortAddress.of("", name);
        assertEquals(bare, PortAddress.parse(bare.toString()));
    }

    @Test
    void howANameIsWrittenIsSaid() {
        assertEquals("ve=1", PortAddress.parse("packet:ve\\=1").name());
        IllegalArgumentException equals = assertThrows(
                IllegalArgumentException.class,
                () -> PortAddress.parse("packet:ve=1").requireOptionsIn(Set.of("timestamp")));
        assertTrue(equals.getMessage().endsWith("written \\="), equals.getMessage());
        IllegalArgumentException comma =
                assertThrows(IllegalArgumentException.class, () -> PortAddress.parse("packet:v,1"));
        assertTrue(comma.getMessage().endsWith("written \\,"), comma.getMessage());
    }

    @Property
    void anythingIsParsedOrRefused(@ForAll String text) {
        try {
            PortAddress.parse(text);
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().length() > 10);
        }
    }
}
