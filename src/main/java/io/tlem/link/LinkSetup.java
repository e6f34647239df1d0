package io.tlem.link;

import io.tlem.impair.RandomStreams;
import io.tlem.os.PowerLatency;
import io.tlem.os.SystemMemory;
import io.tlem.os.SystemThreads;
import io.tlem.port.PacketPort;
import io.tlem.port.PortAddress;
import io.tlem.port.Ports;
import io.tlem.route.Routing;
import io.tlem.spec.ConfigException;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import io.tlem.spec.Value;
import io.tlem.thread.CpuClaims;
import io.tlem.thread.StageThread;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A link that is specified and checked, and what it takes of this machine once it is opened. Used by one thread. */
public final class LinkSetup {
    private final LinkSpec spec;
    private final int otherThreads;
    private final long seed;
    private final List<PacketPort> given; // empty when the addresses are to be opened
    private final List<PortAddress> addresses;
    private final UnaryOperator<List<PacketPort>> routing;
    private List<LinkSpec> later = List.of();
    private List<PacketPort> opened;
    private CpuClaims claims;
    private PowerLatency power;
    private LinkConfig config;

    private LinkSetup(LinkSpec spec, List<PacketPort> given, List<PortAddress> addresses, int otherThreads) {
        this.spec = spec;
        this.otherThreads = otherThreads;
        this.seed = spec.find(Setting.SEED).orElseGet(() -> new SplittableRandom().nextLong(1L << 32));
        this.given = given;
        this.addresses = addresses;
        this.routing = Routing.check(spec, addresses.get(0), addresses.get(1));
        this.config = config(2, CpuClaims.alone());
    }

    /**
     * Checks all that can be checked before anything is opened.
     *
     * @param otherThreads busy threads of this process besides the link's, for which there must be CPUs too
     * @throws IllegalArgumentException with one line when this machine cannot do what is specified
     */
    public static LinkSetup of(LinkSpec spec, int otherThreads) {
        List<Value<PortAddress>> ports = spec.ports();
        Optional<Path> library = spec.find(Setting.NETMAP_LIBRARY);
        if (library.isPresent() && !Files.isRegularFile(library.get())) {
            throw spec.all(Setting.NETMAP_LIBRARY)
                    .getFirst()
                    .wrong(Files.exists(library.get()) ? "is not a regular file" : "there is no such file");
        }
        List<PortAddress> addresses = ports.stream()
                .map(port -> located(port, address -> Ports.resolve(address, library)))
                .toList();
        PortAddress a = addresses.get(0);
        PortAddress b = addresses.get(1);
        if (Ports.areTheSame(a, b)) {
            throw ports.get(1).place().wrong("the two ports are the same: " + b.kind() + ":" + b.name());
        }
        LinkSetup setup = new LinkSetup(spec, List.of(), addresses, otherThreads);
        for (int i = 0; i < 2; i++) {
            PortAddress address = addresses.get(i);
            PortAddress ignored = located(ports.get(i), port -> Ports.requireAvailable(address));
        }
        return setup;
    }

    /** As {@link #of}, between ports that are there, and stay their owner's. */
    public static LinkSetup between(LinkSpec spec, PacketPort a, PacketPort b) {
        return new LinkSetup(spec, List.of(a, b), List.of(a.address(), b.address()), 0);
    }

    /** Has the buffers made for what the link is to become, too. Before it is opened. */
    public void makeRoomFor(List<LinkSpec> links) {
        later = List.copyOf(links);
    }

    /** What is wrong with a port has the place where the port was written. */
    private static PortAddress located(Value<PortAddress> port, UnaryOperator<PortAddress> use) {
        try {
            return use.apply(port.value());
        } catch (IllegalArgumentException e) {
            throw port.place().wrong(e.getMessage());
        }
    }

    private LinkConfig config(int directions, CpuClaims of) {
        LinkConfig made = LinkConfig.of(spec, directions, otherThreads, of);
        require(spec.find(Setting.REAL_TIME).isPresent(), Setting.REAL_TIME, SystemThreads.Capability.CAP_SYS_NICE);
        require(spec.find(Setting.NICE).orElse(0) < 0, Setting.NICE, SystemThreads.Capability.CAP_SYS_NICE);
        require(spec.get(Setting.LOCK_MEMORY), Setting.LOCK_MEMORY, SystemThreads.Capability.CAP_IPC_LOCK);
        return made;
    }

    private static void require(boolean wanted, Setting<?> setting, SystemThreads.Capability capability) {
        if (wanted && !SystemThreads.has(capability)) {
            throw new ConfigException(setting.option() + " needs the " + capability + " capability; run as root");
        }
    }

    private List<DirectionModels> models() {
        return IntStream.range(0, 2)
                .mapToObj(direction -> models(spec, direction))
                .toList();
    }

    private DirectionModels models(LinkSpec link, int direction) {
        return DirectionModels.of(link.direction(direction), new RandomStreams(seed, direction));
    }

    /**
     * Has the virtual machine compile what the link is going to run, so that its first packets are not late: for about a second, or
     * as {@link Setting#WARM_UP} says. Before it is opened.
     *
     * @param unwanted whether to end at once; asked all the time
     */
    public void warmUp(BooleanSupplier unwanted) {
        if (!config.cpus().isEmpty()) {
            StageThread.load();
        }
        MemoryBudget.ofThisMachine().requireAny();
        Warmup.run(models(), config, addresses, spec.find(Setting.WARM_UP), unwanted);
    }

    /** Opens the link, as {@link Link#open(LinkSpec)} does. Once. */
    public Link open() {
        return open(UnaryOperator.identity());
    }

    /**
     * As the other.
     *
     * @param arrange makes of the two ports those that the link joins, which hold nothing of their own
     */
    public Link open(UnaryOperator<List<PacketPort>> arrange) {
        Opened all = new Opened();
        try {
            claims = all.add(CpuClaims.ofThisUser());
            opened = given.isEmpty()
                    ? List.of(
                            all.add(Ports.openBeside(addresses.get(0), addresses.get(1))),
                            all.add(Ports.openBeside(addresses.get(1), addresses.get(0))))
                    : given;
            List<PacketPort> ports = arrange.apply(routing.apply(opened));
            boolean[] used = {Link.connects(ports.get(0), ports.get(1)), Link.connects(ports.get(1), ports.get(0))};
            if (!used[0] && !used[1]) {
                throw new ConfigException("nothing can pass between " + addresses.get(0) + " and " + addresses.get(1)
                        + ": one of them must receive and the other transmit");
            }
            config = config(used[0] && used[1] ? 2 : 1, claims);
            List<DirectionModels> models = models();
            long[] bufferBytes = bufferBytes(models, used, usualPacketBytes(ports));
            power = all.add(PowerLatency.hold());
            if (spec.get(Setting.LOCK_MEMORY)) {
                SystemMemory.lockAll();
            }
            Link link = new Link(spec, seed, ports, config, models, bufferBytes, all);
            try {
                later.forEach(link::requireFit);
            } catch (Throwable e) {
                link.close(); // and all that is open
                throw e;
            }
            return link;
        } catch (Throwable e) {
            all.closeAfter(e);
            throw e;
        }
    }

    private static int usualPacketBytes(List<PacketPort> ports) {
        return ports.stream()
                .flatMap(port -> port.source().stream())
                .mapToInt(source -> source.usualPacketBytes())
                .max()
                .orElse(0);
    }

    /** Buffer of each direction in bytes; refuses what does not fit into memory. */
    private long[] bufferBytes(List<DirectionModels> models, boolean[] used, int packetBytes) {
        MemoryBudget.Wish[] wishes = new MemoryBudget.Wish[2];
        for (int way = 0; way < 2; way++) {
            int direction = way;
            DirectionModels of = models.get(direction);
            wishes[direction] = used[direction]
                    ? spec.direction(direction)
                            .bufferBytes()
                            .map(bytes -> new MemoryBudget.Wish(bytes, false))
                            .orElseGet(() -> wish(of, direction, packetBytes))
                    : MemoryBudget.Wish.NOTHING;
        }
        return MemoryBudget.ofThisMachine().share(wishes);
    }

    private MemoryBudget.Wish wish(DirectionModels first, int direction, int packetBytes) {
        List<DirectionModels> all = Stream.concat(
                        Stream.of(first), later.stream().distinct().map(link -> models(link, direction)))
                .toList();
        long most = all.stream()
                .filter(models -> !models.yields())
                .mapToLong(models -> models.bufferBytes(packetBytes))
                .max()
                .orElse(0);
        long least = first.yields() ? first.bufferBytes(packetBytes) : 0;
        return new MemoryBudget.Wish(Math.max(most, least), least > most);
    }

    /** How the link runs. */
    public LinkConfig config() {
        return config;
    }

    /** The ports as they were opened, A then B. */
    public List<PacketPort> openedPorts() {
        return opened;
    }

    /** The CPUs that the link has to itself. */
    public CpuClaims claims() {
        return claims;
    }

    /** What keeps the CPUs awake. */
    public PowerLatency power() {
        return power;
    }
}
