package io.tlem.port.packet;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.os.NetworkInterfaces;
import io.tlem.os.NetworkInterfaces.NetworkInterface;
import io.tlem.os.SystemMemory;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.port.PortProvider;
import io.tlem.testing.Await;
import io.tlem.testing.Packets;
import io.tlem.testing.Privileged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketPortProviderTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final PacketPortProvider provider = new PacketPortProvider();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "packet:nosuch0 | no such interface; there are: ",
                "packet: | no such interface",
                "packet:../lo | no such interface",
                "packet:a-name-longer-than-any-interface | no such interface",
                "packet:lo,colour=red | unknown option 'colour'",
                "packet:lo,rx-slots=15 | rx-slots=15 is not a number from 16",
                "packet:lo,rx-slots=many | rx-slots=many",
                "packet:lo,tx-slots=-1 | tx-slots=-1",
                "packet:lo,tx-slots=99999999999 | tx-slots=99999999999",
                "packet:lo,timestamp=nic | timestamp=nic is neither kernel nor user",
                "packet:lo,qdisc-bypass=1 | qdisc-bypass=1 is neither on nor off",
                "packet:lo,gso=yes | gso=yes is neither on nor off",
            })
    void refusesInOneLine(String address, String part) {
        String message = assertThrows(IllegalArgumentException.class, () -> provider.check(PortAddress.parse(address)))
                .getMessage();
        assertTrue(message.contains(part), message);
        assertTrue(message.startsWith("port packet:"), message);
        assertEquals(1, message.lines().count());
    }

    @Test
    void acceptsAndOffersTheLoopback() {
        assertDoesNotThrow(() ->
                provider.check(PortAddress.parse("packet:lo,rx-slots=64,tx-slots=64,timestamp=user,qdisc-bypass=on")));
        assertTrue(provider.offers().stream().anyMatch(offer -> offer.address().equals("packet:lo")));
    }

    @Test
    void opensNothingThatIsNotThere() {
        String message = assertThrows(PortException.class, () -> provider.open(PortAddress.parse("packet:nosuch0")))
                .getMessage();
        assertTrue(message.startsWith("packet:nosuch0: no such interface"), message);
    }

    @Test
    void refusesRingsThatMemoryCannotHold() {
        NetworkInterface loopback = NetworkInterfaces.find("lo").orElseThrow();
        PortAddress address = PortAddress.parse("packet:lo,rx-slots=262144,tx-slots=262144");
        if (PacketSocketPort.ringBytes(loopback.mtuBytes(), PacketOptions.parse(address))
                > SystemMemory.availableBytes() / 2) {
            String message = assertThrows(IllegalArgumentException.class, () -> provider.check(address))
                    .getMessage();
            assertTrue(message.contains("half of what is available"), message);
        }
    }

    /** What is sent comes back, and the interface of that name that others see has nothing of it. */
    @Test
    void aLoopIsOfItsOwn() throws IOException {
        Privileged.root();
        Path sent = Path.of("/sys/class/net/lo/statistics/tx_bytes");
        List<String> before = interfaces();
        byte[] packet = new byte[9000]; // of an IPv4 packet that nobody takes
        packet[12] = 8;
        long bytes = 0;
        try (PacketPort loop = provider.openLoop().orElseThrow()) {
            long bytesBefore = Long.parseLong(Files.readString(sent).strip());
            for (int i = 0; i < 1000; i++) {
                packet[20] = (byte) i;
                while (!Packets.send(loop.sink().orElseThrow(), packet)) {
                    loop.sink().orElseThrow().flush();
                }
                awaitBack(loop, packet);
                bytes += packet.length;
            }
            long others = Long.parseLong(Files.readString(sent).strip()) - bytesBefore;
            assertTrue(others < bytes / 2, others + " bytes through this network's loopback interface");
        }
        assertEquals(before, interfaces());
    }

    /** Among others that come, and that may leave no room for it. */
    private static void awaitBack(PacketPort loop, byte[] packet) {
        Await.until("the packet comes back", LIMIT, () -> {
            if (Packets.receive(loop.source().orElseThrow()).stream().anyMatch(back -> Arrays.equals(packet, back))) {
                return true;
            }
            Packets.send(loop.sink().orElseThrow(), packet);
            return false;
        });
    }

    /** What programs send, finished and cut as a wire would carry it. */
    @Test
    void packetsOfProgramsComeIntoTheLoop() {
        Privileged.root();
        Set<String> kinds = new TreeSet<>();
        Set<Integer> lengths = new TreeSet<>();
        try (PacketPort loop = provider.openLoop().orElseThrow()) {
            Await.until("all kinds of packets come", LIMIT, () -> {
                for (byte[] packet : Packets.receive(loop.source().orElseThrow())) {
                    boolean tagged = packet[12] == (byte) 0x81;
                    int ip = tagged ? 18 : 14;
                    boolean ipv6 = packet[ip] >>> 4 == 6;
                    boolean tcp = packet[ip + (ipv6 ? 6 : 9)] == 6;
                    kinds.add((tagged ? "VLAN " : "") + (ipv6 ? "IPv6 " : "IPv4 ") + (tcp ? "TCP" : "UDP"));
                    lengths.add(packet.length);
                }
                return kinds.size() == 8;
            });
        }
        assertTrue(lengths.stream().allMatch(bytes -> bytes >= 42 && bytes <= 18 + 40 + 32 + 1448), lengths::toString);
        assertTrue(lengths.contains(14 + 20 + 32 + 1448) && lengths.contains(14 + 40 + 32 + 1448), lengths::toString);
    }

    private static List<String> interfaces() {
        return NetworkInterfaces.list().stream().map(NetworkInterface::name).toList();
    }

    @Test
    void isAService() {
        assertTrue(ServiceLoader.load(PortProvider.class).stream()
                .anyMatch(service -> service.type() == PacketPortProvider.class));
    }
}
