package io.tlem.port.netmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.NetmapRegistration;
import io.tlem.os.NetmapRegistration.Flag;
import io.tlem.os.NetmapRegistration.Rings;
import io.tlem.port.PortAddress;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The grammar of netmap(4). */
class NetmapAddressTest {
    private static NetmapRegistration registration(String text) {
        return NetmapAddress.parse(PortAddress.parse(text)).registration();
    }

    @ParameterizedTest
    @CsvSource({
        "netmap:eth0,       eth0,          ALL_NIC,      0, 0",
        "netmap:eth0-2,     eth0,          ONE_NIC,      2, 0",
        "netmap:eth0-0,     eth0,          ONE_NIC,      0, 0",
        "netmap:eth0-4094,  eth0,          ONE_NIC,   4094, 0",
        "netmap:eth0^,      eth0,          HOST,         0, 0",
        "netmap:eth0^0,     eth0,          ONE_HOST,     0, 0",
        "netmap:eth0^1,     eth0,          ONE_HOST,     1, 0",
        "netmap:eth0*,      eth0,          NIC_AND_HOST, 0, 0",
        "netmap:eth0@7,     eth0,          ALL_NIC,      0, 7",
        "netmap:eth0-1@7,   eth0,          ONE_NIC,      1, 7",
        "netmap:eth0^@7/x,  eth0,          HOST,         0, 7",
        "netmap:eth0/x@7,   eth0,          ALL_NIC,      0, 7",
        "netmap:eth0.100,   eth0.100,      ALL_NIC,      0, 0",
        "netmap:eth0{1,     eth0{1,        ALL_NIC,      0, 0",
        "netmap:eth0}1,     eth0}1,        ALL_NIC,      0, 0",
        "netmap:x{name_2-0, x{name_2,      ONE_NIC,      0, 0",
        "vale0:1,           vale0:1,       ALL_NIC,      0, 0",
        "netmap:vale0:1,    vale0:1,       ALL_NIC,      0, 0",
        "vale_a:eth0-3,     vale_a:eth0,   ONE_NIC,      3, 0",
        "vale0:x{y,         vale0:x{y,     ALL_NIC,      0, 0",
    })
    void namesAndRings(String text, String port, Rings rings, int ring, int region) {
        NetmapRegistration found = registration(text);
        assertEquals(port, found.port());
        assertEquals(rings, found.rings());
        assertEquals(ring, found.ring());
        assertEquals(region, found.memoryRegion());
    }

    static Stream<Arguments> flags() {
        return Stream.of(
                Arguments.of("x", Set.of(Flag.EXCLUSIVE)),
                Arguments.of("t", Set.of(Flag.MONITOR_TRANSMIT)),
                Arguments.of("r", Set.of(Flag.MONITOR_RECEIVE)),
                Arguments.of("z", Set.of(Flag.ZERO_COPY_MONITOR, Flag.MONITOR_TRANSMIT, Flag.MONITOR_RECEIVE)),
                Arguments.of("zr", Set.of(Flag.ZERO_COPY_MONITOR, Flag.MONITOR_RECEIVE)),
                Arguments.of("tz", Set.of(Flag.ZERO_COPY_MONITOR, Flag.MONITOR_TRANSMIT)),
                Arguments.of("R", Set.of(Flag.RECEIVE_ONLY)),
                Arguments.of("xT", Set.of(Flag.EXCLUSIVE, Flag.TRANSMIT_ONLY)));
    }

    @ParameterizedTest
    @MethodSource
    void flags(String text, Set<Flag> expected) {
        assertEquals(expected, registration("netmap:eth0/" + text).flags());
        assertEquals(expected, registration("vale0:1-0@3/" + text).flags());
    }

    @Test
    void wishes() {
        NetmapRegistration found = registration("netmap:eth0,slots=512,tx-rings=2,rx-rings=4,rx-slots=64");
        assertEquals(512, found.transmitSlots());
        assertEquals(64, found.receiveSlots());
        assertEquals(2, found.transmitRings());
        assertEquals(4, found.receiveRings());
        assertEquals(3, registration("netmap:eth0,rings=3").receiveRings());
        assertEquals(0, registration("netmap:eth0").transmitSlots(), "netmap's own choice");
    }

    @Test
    void onlyANameAloneIsAnInterface() {
        assertEquals(
                Optional.of("eth0"),
                NetmapAddress.parse(PortAddress.parse("netmap:eth0-2")).interfaceName());
        for (String none : new String[] {"netmap:eth0{1", "vale0:eth0", "netmap:vale0:eth0"}) {
            assertEquals(
                    Optional.empty(),
                    NetmapAddress.parse(PortAddress.parse(none)).interfaceName());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "netmap, true",
        "vale, true",
        "vale0, true",
        "vale_x9, true",
        "valet-1, false",
        "packet, false",
        "Vale0, false"
    })
    void kinds(String kind, boolean handled) {
        assertEquals(handled, NetmapAddress.handles(kind));
    }

    /** What is refused, and what the line says of it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "netmap:              | is not the name of a port",
                "netmap:eth 0         | is not the name of a port",
                "netmap:eth0{         | is not the name of a port",
                "netmap:{1            | is not the name of a port",
                "netmap:eth0{1{2      | is not the name of a port",
                "netmap:été0          | is not the name of a port",
                "netmap:eth0:1        | only ports of a switch",
                "netmap:eth0-         | is not a mode",
                "netmap:eth0-x        | is not a mode",
                "netmap:eth0-1-2      | is not a mode",
                "netmap:eth0*1        | is not a mode",
                "netmap:eth0^*        | is not a mode",
                "netmap:eth0-1^       | is not a mode",
                "netmap:eth0@         | is not a mode",
                "netmap:eth0@conf     | is not a mode",
                "netmap:eth0@conf:slots=5 | @conf: is not known here",
                "netmap:eth0@1@2      | is not a mode",
                "netmap:eth0@1/x@2    | is not a mode",
                "netmap:eth0/         | is not a mode",
                "netmap:eth0/x/z      | is not a mode",
                "netmap:eth0-4095     | ring '4095' is not a number from 0 to 4094",
                "netmap:eth0^4095     | ring '4095' is not a number from 0 to 4094",
                "netmap:eth0-99999999999999999999 | is not a number from 0 to 4094",
                "netmap:eth0@0        | region '0' is not a number from 1 to 65535",
                "netmap:eth0@65536    | region '65536' is not a number from 1 to 65535",
                "netmap:eth0/q        | 'q' is not a flag",
                "netmap:eth0/RT       | exclude each other",
                "netmap:eth0/TxR      | exclude each other",
                "netmap:eth0,slots=0  | slots '0' is not a number from 1",
                "netmap:eth0,slots=1048577 | slots '1048577' is not a number",
                "netmap:eth0,rings=-1 | rings '-1' is not a number",
                "netmap:eth0,rx-rings=4096 | rx-rings '4096' is not a number",
                "netmap:eth0,speed=9  | unknown option 'speed'",
                "netmap:eth0,trusted=on | and none is named",
                "netmap:eth0,library=x,trusted=yes | trusted 'yes' is not on or off",
                "vale0:               | is not the name of a port",
                "vale0:a:b            | only ports of a switch",
                "vale0:vale1:b        | only ports of a switch",
            })
    void whatIsRefused(String text, String reason) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> registration(text));
        assertTrue(refused.getMessage().startsWith("port "), refused.getMessage());
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
        assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
    }

    @Test
    void namesHaveALength() {
        String longest = "n".repeat(63);
        assertEquals(longest, registration("netmap:" + longest).port());
        assertThrows(IllegalArgumentException.class, () -> registration("netmap:" + longest + "n"));
        assertEquals(
                "vale0:" + "n".repeat(57),
                registration("vale0:" + "n".repeat(57)).port());
        assertThrows(IllegalArgumentException.class, () -> registration("vale0:" + "n".repeat(58)));
    }
}
