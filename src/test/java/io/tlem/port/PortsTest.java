package io.tlem.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortsTest {
    /** The kind of the resolved address is that which is told, and each that would be better has its reason. */
    @Test
    void tellsWhatABareNameIsOpenedAs() {
        PortAddress bare = PortAddress.parse("lo");
        String chosen = Ports.resolve(bare, Optional.empty()).toString();
        String choice = Ports.choice(bare).orElseThrow();
        assertTrue(choice.startsWith("lo is opened as " + chosen), choice);
        Optional<PortProvider.Availability> netmap = Ports.providers().stream()
                .filter(provider -> provider.kind().equals("netmap"))
                .map(PortProvider::availability)
                .findFirst();
        String reason = netmap.orElseThrow().reason();
        assertEquals(!reason.isEmpty(), choice.endsWith("; netmap: " + reason), choice);
        assertEquals(1, choice.lines().count());
    }

    /** An interface is one port's, by whatever kind it is opened. */
    @ParameterizedTest
    @CsvSource({
        "packet:e, packet:e, true",
        "tap:e, tun:e, true",
        "xdp:e, packet:e, true",
        "tap:e, tap:f, false",
        "pipe:x{1, pipe:x}1, false",
        "pipe:e{1, packet:e, false",
        "sink:, sink:, false"
    })
    void twoPortsMayBeTheSame(String a, String b, boolean same) {
        assertEquals(same, Ports.areTheSame(PortAddress.parse(a), PortAddress.parse(b)));
    }

    @Test
    void anAddressWithAKindIsNoChoice() {
        assertEquals(Optional.empty(), Ports.choice(PortAddress.parse("packet:lo")));
    }
}
