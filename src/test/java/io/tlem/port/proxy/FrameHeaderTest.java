package io.tlem.port.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.port.proxy.ProxyRule.Protocol;
import io.tlem.wire.IpPacket;
import io.tlem.wire.IpProtocol;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FrameHeaderTest {
    private static final int AT = 64;

    static Stream<Arguments> headers() {
        return Stream.of(Protocol.values())
                .flatMap(protocol -> Stream.of("127.0.0.1", "::1")
                        .flatMap(from ->
                                Stream.of("10.1.2.3", "2001:db8::7").map(to -> Arguments.of(protocol, from, to))));
    }

    private static FrameHeader header(Protocol protocol, String from, String to) {
        return new FrameHeader(protocol, 0x1234567, new InetSocketAddress(from, 40000), new InetSocketAddress(to, 443));
    }

    @ParameterizedTest
    @MethodSource("headers")
    void whatIsWrittenIsTakenAndNothingElse(Protocol protocol, String from, String to) {
        FrameHeader header = header(protocol, from, to);
        for (int payload : new int[] {0, 1, 2, 17, 18, 100, 1400}) {
            MemorySegment memory = MemorySegment.ofArray(new byte[2048]);
            for (int i = 0; i < payload; i++) {
                memory.set(ValueLayout.JAVA_BYTE, (long) AT + header.bytes() + i, (byte) (i * 31));
            }
            int length = header.write(memory, AT, payload, FrameHeader.ACK, 77);
            assertEquals(Math.max(60, header.bytes() + payload), length);
            assertEquals(0x1234567, FrameHeader.session(memory, AT));
            assertEquals(payload, header.payload(memory, AT, length));
            assertEquals(-1, header.payload(memory, AT, header.bytes() - 1));
            int used = header.bytes() + payload;
            for (int bit = 12 * 8; bit < used * 8; bit += payload > 100 && bit > 100 * 8 ? 101 : 1) {
                long at = (long) AT + bit / 8;
                byte good = memory.get(ValueLayout.JAVA_BYTE, at);
                memory.set(ValueLayout.JAVA_BYTE, at, (byte) (good ^ 1 << bit % 8));
                boolean ipv6 = from.contains(":") || to.contains(":");
                if (!(ipv6 && isUnprotectedInIpv6(bit / 8))) {
                    assertEquals(-1, header.payload(memory, AT, length), "bit " + bit + " of " + payload);
                }
                memory.set(ValueLayout.JAVA_BYTE, at, good);
            }
        }
    }

    /** Traffic class, flow label and hop limit: no checksum is over them. */
    private static boolean isUnprotectedInIpv6(int at) {
        return (at > 14 && at < 18) || at == 21;
    }

    @ParameterizedTest
    @MethodSource("headers")
    void anotherReaderOfHeadersFindsThemThere(Protocol protocol, String from, String to) {
        FrameHeader header = header(protocol, from, to);
        MemorySegment memory = MemorySegment.ofArray(new byte[2048]);
        int length = header.write(memory, AT, 1000, FrameHeader.ACK, 77);
        IpPacket packet = new IpPacket();
        packet.parse(memory, AT, length);
        assertTrue(packet.isIp());
        assertTrue(packet.findTransport(AT + length));
        assertEquals(protocol == Protocol.UDP ? IpProtocol.UDP : IpProtocol.TCP, packet.protocol());
        assertEquals(AT + length, packet.packetEnd());
        assertEquals(1000, AT + length - packet.transport() - (protocol == Protocol.UDP ? 8 : 32));
    }
}
