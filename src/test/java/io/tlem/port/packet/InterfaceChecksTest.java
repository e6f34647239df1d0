package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.InterfaceFacts;
import io.tlem.os.doctor.Doctor;
import io.tlem.os.doctor.Finding;
import io.tlem.os.doctor.Finding.State;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.testing.Privileged;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each thing about an interface that makes packets go missing or pass twice is said, once, with what to do. */
class InterfaceChecksTest {
    private VethPair veth;
    private final List<String> others = new ArrayList<>();
    private final List<PacketPort> ports = new ArrayList<>();

    @BeforeEach
    void makeInterfaces() {
        veth = new VethPair(1500);
        VethPair.awaitCarrier(veth.a, veth.b);
        try (PacketPort plain = veth.open(veth.a, "")) {
            assertEquals(List.of(), warnings(plain, 2), "nothing to be said of plain interfaces");
        }
    }

    @AfterEach
    void removeInterfaces() {
        ports.forEach(PacketPort::close);
        others.forEach(name -> VethPair.ip("link", "del", name));
        if (veth != null) {
            veth.close();
        }
    }

    private PacketPort open(String name) {
        PacketPort port = new PacketPortProvider().open(PortAddress.parse("packet:" + name));
        ports.add(port);
        return port;
    }

    private static List<String> warnings(PacketPort port, int looks) {
        List<String> warnings = new ArrayList<>();
        for (int i = 0; i < looks; i++) {
            warnings.addAll(port.takeWarnings(false));
        }
        return warnings;
    }

    private static void assertSaysOnce(PacketPort port, String... parts) {
        List<String> warnings = warnings(port, 3);
        assertEquals(1, warnings.size(), warnings.toString());
        for (String part : parts) {
            assertTrue(warnings.get(0).contains(part), warnings.get(0));
        }
        assertEquals(1, warnings.get(0).lines().count());
    }

    private String other(String suffix, Object... what) {
        String name = veth.a.substring(0, veth.a.length() - 1) + suffix;
        List<Object> command = new ArrayList<>(List.of("link", "add"));
        command.addAll(List.of(what));
        command.addAll(1 + 1, List.of("name", name));
        VethPair.ip(command.toArray());
        others.add(0, name);
        return name;
    }

    @Test
    void anInterfaceThatIsDownAndOneWithoutCarrier() {
        VethPair.down(veth.b);
        VethPair.awaitNoCarrier(veth.a);
        assertSaysOnce(open(veth.b), veth.b + " is down", "ip link set " + veth.b + " up");
        assertSaysOnce(open(veth.a), veth.a + " has no carrier", "other end");
    }

    @Test
    void aSecondEmulator() {
        PacketPort first = open(veth.a);
        assertSaysOnce(open(veth.a), veth.a + " is a port of another program already", "twice", "ss -0 -p");
        assertEquals(List.of(), warnings(first, 2), "it was there first");
        assertEquals(List.of(), warnings(open(veth.b), 2), "another interface");
    }

    @Test
    void anInterfaceThatIsSetDownLater() {
        PacketPort port = open(veth.b);
        assertEquals(List.of(), warnings(port, 2));
        VethPair.down(veth.b);
        assertSaysOnce(port, veth.b + " has been set down", "ip link set " + veth.b + " up");
    }

    @Test
    void anAddressOfTheHost() {
        PacketPort port = open(veth.a);
        VethPair.ip("address", "add", "198.18.79.1/24", "dev", veth.a);
        assertEquals(List.of(), port.takeWarnings(true), "a router has one");
        assertSaysOnce(port, veth.a + " has an address of this host, 198.18.79.1/24", "ip address flush dev " + veth.a);
    }

    /** The doctor looks at the interface itself, as the kernel and the driver tell. */
    @Test
    void theDoctorLooksAtAnInterface() {
        Privileged.tool("ethtool");
        assertEquals(State.OK, diagnosis("addresses").state());
        assertEquals(State.OK, diagnosis("state").state());
        VethPair.ip("address", "add", "198.18.79.1/24", "dev", veth.a);
        Finding addresses = diagnosis("addresses");
        assertEquals(State.BAD, addresses.state());
        assertEquals("an address of this host, 198.18.79.1/24", addresses.found());
        VethPair.run(List.of("sh", "-c", addresses.mend()));
        assertEquals(State.OK, diagnosis("addresses").state(), "its command mends");
        VethPair.run(List.of("ethtool", "-K", veth.a, "gro", "off", "gso", "off", "tso", "off"));
        assertEquals(State.OK, diagnosis("offloads").state());
        VethPair.run(List.of("ethtool", "-K", veth.a, "gro", "on"));
        assertEquals("gro on", diagnosis("offloads").found());
        VethPair.run(List.of("sh", "-c", diagnosis("offloads").mend()));
        assertEquals(State.OK, diagnosis("offloads").state());
    }

    private Finding diagnosis(String what) {
        return Doctor.look(List.of(veth.a)).stream()
                .filter(finding -> finding.name().equals(veth.a + ": " + what))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aHostThatForwards() throws Exception {
        VethPair.ip("address", "add", "198.18.79.1/24", "dev", veth.a);
        VethPair.run(List.of("sh", "-c", "echo 1 >/proc/sys/net/ipv4/conf/" + veth.a + "/forwarding"));
        PacketPort port = open(veth.a);
        List<String> warnings = port.takeWarnings(true);
        assertEquals(1, warnings.size(), warnings.toString());
        assertTrue(warnings.get(0).contains(veth.a + " is forwarded by this host"), warnings.get(0));
        assertTrue(warnings.get(0).contains("sysctl net.ipv4.conf." + veth.a + ".forwarding=0"), warnings.get(0));
    }

    @Test
    void bothPortsInOneBridge() {
        String bridge = other("r", "type", "bridge");
        VethPair.silence(bridge);
        VethPair.up(bridge);
        for (String end : List.of(veth.a, veth.b)) {
            VethPair.ip("link", "set", end, "master", bridge);
            assertSaysOnce(open(end), "a port of the bridge " + bridge, "ip link set " + end + " nomaster");
        }
    }

    @Test
    void aMacvlanInBridgeMode() {
        String macvlan = other("m", "link", veth.a, "type", "macvlan", "mode", "bridge");
        VethPair.silence(macvlan);
        VethPair.up(macvlan);
        VethPair.awaitCarrier(macvlan);
        assertSaysOnce(open(macvlan), macvlan + " is a macvlan", "mode passthru");
    }

    @Test
    void aMacvlanInPassthruModePassesEverything() {
        String macvlan = other("m", "link", veth.a, "type", "macvlan", "mode", "passthru");
        VethPair.silence(macvlan);
        VethPair.up(macvlan);
        VethPair.awaitCarrier(macvlan);
        PacketPort port = open(macvlan);
        assertEquals(List.of(), warnings(port, 2));
        byte[] frame = new byte[100];
        frame[0] = 2;
        SuperPacket.setShort(frame, 12, 0x88b5);
        Ends.send(open(veth.b).sink().orElseThrow(), List.of(frame));
        assertEquals(1, Ends.receive(port.source().orElseThrow(), 1, 8).size());
    }

    @Test
    void theLoopback() {
        Privileged.root();
        assertSaysOnce(open("lo"), "lo is this machine's own", "type veth");
    }

    /** Of what this kernel has no interfaces of. */
    @Test
    void bondsIpvlansAndRadios() {
        assertSays(facts("ixgbe", false, Optional.of("bond0")), "packet:bond0", "eth7 nomaster");
        assertSays(facts("ipvlan", false, Optional.empty()), "an ipvlan", "veth pair");
        assertSays(facts("iwlwifi", true, Optional.empty()), "is wireless", "route with -r");
    }

    private static InterfaceFacts facts(String driver, boolean wireless, Optional<String> bond) {
        return new InterfaceFacts(
                true, true, false, driver, wireless, Optional.empty(), bond, List.of(), false, Optional.empty());
    }

    private static void assertSays(InterfaceFacts facts, String... parts) {
        Warnings warnings = new Warnings();
        InterfaceChecks checks = new InterfaceChecks("eth7", warnings);
        checks.look(facts, false);
        checks.look(facts, false);
        List<String> said = warnings.take();
        assertEquals(1, said.size(), said.toString());
        for (String part : parts) {
            assertTrue(said.get(0).contains(part), said.get(0));
        }
    }
}
