package example;

import io.tlem.impair.Role;
import io.tlem.link.Link;
import io.tlem.port.PacketBatch;
import io.tlem.port.PacketPort;
import io.tlem.port.PacketSink;
import io.tlem.port.PacketSource;
import io.tlem.port.PortAddress;
import io.tlem.port.PortException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.stats.Counter;
import io.tlem.stats.DirectionSample;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Source network address translation of TCP and UDP over IPv4, as the home router between a link's two ends: all stations
 * behind port A have one address in front of port B. What passes is translated as it comes in, before the link's models: this is
 * where a processor of packets stands.
 *
 * <pre>
 *  10.0.0.7:5000 ──► port A ──► 203.0.113.1:40123 ──► link ──► port B ──► server
 *  10.0.0.7:5000 ◄── port A ◄── link ◄── 10.0.0.7:5000 ◄────── port B ◄── server to 203.0.113.1:40123
 * </pre>
 *
 * <p>In ARP the address outside stands for those of stations, both ways: whoever asks for it is answered by a station, and what
 * comes to it goes to the Ethernet address of the station that it is for. Other EtherTypes pass as they are. Of IPv4, what cannot be translated does not enter the link, and is counted:
 * fragments, other protocols, and what nobody behind port A has asked for.
 */
public final class Nat {
    private static final int IPV4 = 0x0800;
    private static final int ARP = 0x0806;
    private static final int ARP_REPLY = 2;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int FIN_OR_RST = 5;
    private static final int SYN = 2;

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final int address;
    private final Ports ports = new Ports(); // of both directions: guarded by itself

    /** @param address that stations behind port A have in front of port B */
    public Nat(int address) {
        this.address = address;
    }

    /** {@code java example.Nat eth1 eth2 203.0.113.1}: a link of 20 ms between two interfaces, until Ctrl-C ends it. */
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length != 3) {
            System.err.println("usage: java example.Nat PORT-A PORT-B ADDRESS");
            System.exit(2);
        }
        LinkSpec spec = new LinkSpec.Builder()
                .with(Setting.PORTS, arguments[0], arguments[1])
                .with(Setting.of(Role.DELAY), "20ms")
                .conclude();
        Thread main = Thread.currentThread();
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            ended.countDown(); // by Ctrl-C: what is under way is still to leave
            joined(main);
        }));
        try (Link link = Link.open(spec, new Nat(parse(arguments[2]))::between)) {
            link.start();
            System.out.println("translating to " + arguments[2] + " between "
                    + link.ports().get(0).description() + " and "
                    + link.ports().get(1).description());
            while (link.failure().isEmpty() && !link.finished() && !ended.await(100, TimeUnit.MILLISECONDS)) {
                // Nothing to do: the link has threads of its own.
            }
            boolean ignored = link.stop(); // whether it has sent all that was under way
            for (DirectionSample way : link.collector().soFar().total()) {
                System.out.println(way.total().name() + ": " + way.total().get(Counter.RECEIVED_PACKETS) + " received, "
                        + way.total().get(Counter.TRANSMITTED_PACKETS) + " transmitted, not for the link "
                        + way.total().filteredPackets());
            }
            link.failure().ifPresent(System.out::println);
        } catch (IllegalArgumentException | PortException e) {
            System.err.println(e.getMessage());
            Runtime.getRuntime().halt(2);
        }
    }

    private static void joined(Thread thread) {
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int parse(String text) {
        if (!text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}")) {
            throw new IllegalArgumentException(text + " is no IPv4 address");
        }
        int address = 0;
        for (String part : text.split("\\.", -1)) {
            address = (address << 8) | Integer.parseInt(part);
        }
        return address;
    }

    /** Makes of ports A and B those that a link joins. */
    public List<PacketPort> between(List<PacketPort> ab) {
        return List.of(
                new Translated(ab.get(0), this::outwards, "nat-not-translated"),
                new Translated(ab.get(1), this::inwards, "nat-not-asked-for"));
    }

    /** Has a packet come from the address and port that it has outside; false for one that cannot. */
    private boolean outwards(MemorySegment memory, long frame, int length, long nanos) {
        if (memory.get(SHORT, frame + 12) != IPV4) {
            return !isArp(memory, frame, length) || arpOutwards(memory, frame);
        }
        long ip = frame + 14;
        long transport = transport(memory, ip, frame + length);
        if (transport < 0) {
            return false;
        }
        boolean tcp = memory.get(BYTE, ip + 9) == TCP;
        int station = memory.get(INT, ip + 12);
        int stationPort = Short.toUnsignedInt(memory.get(SHORT, transport));
        int port;
        synchronized (ports) {
            port = ports.outside(tcp, station, stationPort, tcp ? memory.get(BYTE, transport + 13) : 0, nanos);
            ports.hasEthernet(tcp, port, ethernet(memory, frame + 6));
        }
        return port > 0 && rewrite(memory, ip, ip + 12, address, transport, transport, port, tcp);
    }

    /** Has an answer go to the station that asked; false for what nobody has asked for. */
    private boolean inwards(MemorySegment memory, long frame, int length, long nanos) {
        if (memory.get(SHORT, frame + 12) != IPV4) {
            return !isArp(memory, frame, length) || arpInwards(memory, frame);
        }
        long ip = frame + 14;
        long transport = transport(memory, ip, frame + length);
        if (transport < 0 || memory.get(INT, ip + 16) != address) {
            return false;
        }
        boolean tcp = memory.get(BYTE, ip + 9) == TCP;
        int port = Short.toUnsignedInt(memory.get(SHORT, transport + 2));
        int station;
        int stationPort;
        long ethernet;
        synchronized (ports) {
            if (!ports.isOpen(tcp, port, nanos)) {
                return false;
            }
            station = ports.station(tcp, port);
            stationPort = ports.stationPort(tcp, port);
            ethernet = ports.ethernet(tcp, port);
        }
        memory.set(INT, frame, (int) (ethernet >>> 16));
        memory.set(SHORT, frame + 4, (short) ethernet);
        return rewrite(memory, ip, ip + 16, station, transport, transport + 2, stationPort, tcp);
    }

    /** Six bytes as a number. */
    private static long ethernet(MemorySegment memory, long at) {
        return Integer.toUnsignedLong(memory.get(INT, at)) << 16 | Short.toUnsignedLong(memory.get(SHORT, at + 4));
    }

    /** Whether it is ARP for IPv4 on Ethernet. */
    private static boolean isArp(MemorySegment memory, long frame, int length) {
        return length >= 42
                && memory.get(SHORT, frame + 12) == ARP
                && memory.get(LONG, frame + 14) >>> 16 == 0x0001_0800_0604L;
    }

    /** The sender has the address outside, but for one that only asks whether an address is free. */
    private boolean arpOutwards(MemorySegment memory, long frame) {
        int station = memory.get(INT, frame + 28);
        if (station != 0) {
            synchronized (ports) {
                ports.heard(ethernet(memory, frame + 22), station);
            }
            memory.set(INT, frame + 28, address);
        }
        return true;
    }

    /** An answer goes to the station that asked, and a question to the one that was heard last; false while there is none. */
    private boolean arpInwards(MemorySegment memory, long frame) {
        if (memory.get(INT, frame + 38) != address) {
            return true;
        }
        boolean reply = memory.get(SHORT, frame + 20) == ARP_REPLY;
        int station;
        synchronized (ports) {
            station = reply ? ports.heardFrom(ethernet(memory, frame + 32)) : ports.heardLast();
        }
        memory.set(INT, frame + 38, station);
        return station != 0;
    }

    /** Where the header of TCP or UDP is; negative where there is none as a whole. */
    private static long transport(MemorySegment memory, long ip, long end) {
        if (end - ip < 20 || (memory.get(BYTE, ip) & 0xf0) != 0x40) {
            return -1;
        }
        long transport = ip + 4L * (memory.get(BYTE, ip) & 0xf);
        int protocol = memory.get(BYTE, ip + 9);
        boolean fragment = (memory.get(SHORT, ip + 6) & 0x3fff) != 0;
        int header = protocol == TCP ? 20 : protocol == UDP ? 8 : Integer.MAX_VALUE;
        return fragment || transport < ip + 20 || end - transport < header ? -1 : transport;
    }

    /** Writes an address and a port, and has the checksums of IPv4 and of what it carries follow (RFC 1624). */
    private static boolean rewrite(
            MemorySegment memory,
            long ip,
            long addressAt,
            int next,
            long transport,
            long portAt,
            int port,
            boolean tcp) {
        int before = memory.get(INT, addressAt);
        int portBefore = Short.toUnsignedInt(memory.get(SHORT, portAt));
        memory.set(INT, addressAt, next);
        memory.set(SHORT, portAt, (short) port);
        long header = ip + 10;
        memory.set(SHORT, header, (short) adjusted(memory.get(SHORT, header), before, next));
        long field = transport + (tcp ? 16 : 6);
        int sum = Short.toUnsignedInt(memory.get(SHORT, field));
        if (tcp || sum != 0) { // UDP without a checksum stays so
            int adjusted = adjusted(adjusted(sum, before, next), portBefore, port); // with the pseudo header's address
            memory.set(SHORT, field, (short) (!tcp && adjusted == 0 ? 0xffff : adjusted));
        }
        return true;
    }

    /** A checksum after a number that it covers has changed: equation 3 of RFC 1624, for both its halves. */
    private static int adjusted(int checksum, int before, int after) {
        int sum = (~checksum & 0xffff) + (~before >>> 16) + (~before & 0xffff) + (after >>> 16) + (after & 0xffff);
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        return ~sum & 0xffff;
    }

    /**
     * Who has which port of the address outside: a table for TCP and one for UDP, by the port. A station's port is looked for
     * from a place on that follows from both, and so is a free one, so that nothing but the table is needed.
     */
    private static final class Ports {
        private static final int FIRST = 1024;
        private static final int COUNT = 65536 - FIRST;
        private static final int MOST_STEPS = 64;
        private static final long UDP_NANOS = Duration.ofMinutes(5).toNanos(); // RFC 4787
        private static final long TCP_NANOS = Duration.ofMinutes(124).toNanos(); // RFC 5382
        private static final long ENDING_NANOS = Duration.ofMinutes(4).toNanos();

        private final long[][] stations = new long[2][65536]; // address and port; 0 where nobody ever was
        private final long[][] expires = new long[2][65536]; // ns of the link's clock
        private final boolean[] ending = new boolean[65536]; // of TCP: a FIN or RST has been seen
        private final long[][] ethernets = new long[2][65536]; // addresses of stations, at 0 of nobody

        // Stations that ARP was heard of, by a part of the Ethernet address: one takes the place of another.
        private final long[] heard = new long[4096];
        private final int[] heardStations = new int[4096];
        private int last;

        /** The port that a station's port has outside, which it keeps; 0 when there is none for it. */
        int outside(boolean tcp, int station, int stationPort, int flags, long nanos) {
            long[] who = stations[tcp ? 1 : 0];
            long[] until = expires[tcp ? 1 : 0];
            long key = ((long) station << 16) | stationPort;
            int start = (int) ((key * 0x9E3779B97F4A7C15L) >>> 33) % COUNT;
            int free = 0;
            boolean found = false;
            for (int step = 0; step < MOST_STEPS; step++) {
                int port = FIRST + (start + step) % COUNT;
                boolean open = who[port] != 0 && until[port] - nanos > 0;
                found = open && who[port] == key;
                if (found) {
                    free = port;
                    break;
                }
                free = free == 0 && !open ? port : free;
                if (who[port] == 0) {
                    break; // whoever came here has stopped here
                }
            }
            if (free == 0 || key == 0) {
                return 0;
            }
            who[free] = key;
            until[free] = nanos + (tcp ? tcpNanos(free, found, flags) : UDP_NANOS);
            return free;
        }

        private long tcpNanos(int port, boolean goesOn, int flags) {
            ending[port] = (flags & FIN_OR_RST) != 0 || (goesOn && ending[port] && (flags & SYN) == 0);
            return ending[port] ? ENDING_NANOS : TCP_NANOS;
        }

        boolean isOpen(boolean tcp, int port, long nanos) {
            int table = tcp ? 1 : 0;
            return stations[table][port] != 0 && expires[table][port] - nanos > 0;
        }

        /** The one who has the port, or nobody for port 0, has that Ethernet address. */
        void hasEthernet(boolean tcp, int port, long ethernet) {
            ethernets[tcp ? 1 : 0][port] = ethernet;
        }

        long ethernet(boolean tcp, int port) {
            return ethernets[tcp ? 1 : 0][port];
        }

        void heard(long ethernet, int station) {
            int place = (int) ethernet & heard.length - 1;
            heard[place] = ethernet;
            heardStations[place] = station;
            last = station;
        }

        /** The station with that Ethernet address; 0 where it was not heard. */
        int heardFrom(long ethernet) {
            int place = (int) ethernet & heard.length - 1;
            return heard[place] == ethernet ? heardStations[place] : 0;
        }

        int heardLast() {
            return last;
        }

        int station(boolean tcp, int port) {
            return (int) (stations[tcp ? 1 : 0][port] >>> 16);
        }

        int stationPort(boolean tcp, int port) {
            return (int) stations[tcp ? 1 : 0][port] & 0xffff;
        }
    }

    /** Changes a packet in its place; false for one that is not to enter the link. */
    private interface Processor {
        boolean process(MemorySegment memory, long frame, int length, long nanos);
    }

    /** A port whose packets are processed as they come in. It belongs to whoever opened the one that it is made of. */
    private static final class Translated implements PacketPort {
        private final PacketPort port;
        private final Optional<PacketSource> source;

        Translated(PacketPort port, Processor processor, String reason) {
            this.port = port;
            this.source = port.source().map(from -> new Source(from, processor, reason));
        }

        @Override
        public Optional<PacketSource> source() {
            return source;
        }

        @Override
        public Optional<PacketSink> sink() {
            return port.sink();
        }

        @Override
        public PortAddress address() {
            return port.address();
        }

        @Override
        public String description() {
            return port.description() + ", translated";
        }

        @Override
        public void check() {
            port.check();
        }

        @Override
        public List<String> takeWarnings(boolean routes) {
            return port.takeWarnings(routes);
        }

        @Override
        public Set<String> neededCapabilities() {
            return port.neededCapabilities();
        }

        @Override
        public void close() {} // of the port that it is made of
    }

    /** The receiving half of such a port. */
    private static final class Source implements PacketSource {
        private final PacketSource source;
        private final Processor processor;
        private final String reason;
        private final AtomicLong refused = new AtomicLong();

        Source(PacketSource source, Processor processor, String reason) {
            this.source = source;
            this.processor = processor;
            this.reason = reason;
        }

        @Override
        public int receive(PacketBatch batch, LongSupplier clock) {
            int count = source.receive(batch, clock);
            MemorySegment memory = source.memory();
            int kept = 0;
            for (int i = 0; i < count; i++) {
                long frame = batch.offset[i];
                int length = batch.length[i];
                long nanos = batch.arrivalNanos[i];
                if (length >= 14 && processor.process(memory, frame, length, nanos)) {
                    batch.offset[kept] = frame;
                    batch.length[kept] = length;
                    batch.arrivalNanos[kept] = nanos;
                    kept++;
                }
            }
            refused.setPlain(refused.getPlain() + count - kept); // written by this thread alone
            batch.count = kept;
            if (count > 0 && kept == 0) {
                source.release(); // the link gives back only what it has got
            }
            return kept;
        }

        @Override
        public Map<String, Long> filteredPackets() {
            Map<String, Long> all = new LinkedHashMap<>(source.filteredPackets());
            all.put(reason, refused.get());
            return all;
        }

        @Override
        public void release() {
            source.release();
        }

        @Override
        public void begin(LongSupplier clock) {
            source.begin(clock);
        }

        @Override
        public MemorySegment memory() {
            return source.memory();
        }

        @Override
        public boolean memoryStays() {
            return source.memoryStays();
        }

        @Override
        public int maxPacketBytes() {
            return source.maxPacketBytes();
        }

        @Override
        public int usualPacketBytes() {
            return source.usualPacketBytes();
        }

        @Override
        public long nextArrivalNanos() {
            return source.nextArrivalNanos();
        }

        @Override
        public boolean keepsArrivalTimes() {
            return source.keepsArrivalTimes();
        }

        @Override
        public boolean senderWaits() {
            return source.senderWaits();
        }

        @Override
        public boolean await(long nanos) {
            return source.await(nanos);
        }

        @Override
        public long missedPackets() {
            return source.missedPackets();
        }

        @Override
        public boolean exhausted() {
            return source.exhausted();
        }
    }
}
