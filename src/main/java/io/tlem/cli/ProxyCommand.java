package io.tlem.cli;

import io.tlem.impair.LinkModels;
import io.tlem.impair.QueueModel;
import io.tlem.impair.RandomStreams;
import io.tlem.impair.Role;
import io.tlem.link.LinkSetup;
import io.tlem.link.Opened;
import io.tlem.port.proxy.Proxy;
import io.tlem.port.proxy.ProxyRule;
import io.tlem.port.proxy.ProxyRule.Protocol;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tlem proxy}: a link of its own for the datagrams of all rules, and one for the streams. */
@Command(
        name = "proxy",
        description = "Listens, and passes what comes through an emulated link to its target and back. Needs no"
                + " privileges, and works on any system.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Datagrams and pieces of streams have the headers that a wire would add, and count with them. A stream loses"
                    + " nothing: what does not fit into the queue waits at its sender. So streams have a link of their own,"
                    + " and loss, duplication, reordering and changed bytes are for datagrams.",
            "",
            "Examples:",
            "  tlem proxy --delay 50ms --loss 1%% udp:4433=example.org:443 tcp:8080=[::1]:80",
            "  tlem proxy -B 2M -D 30ms tcp:0.0.0.0:8080=[::1]:80"
        })
final class ProxyCommand implements Callable<Integer> {
    /** What may drop, repeat, overtake or change packets. */
    private static final List<Setting<?>> NOT_FOR_STREAMS = Stream.concat(
                    Stream.of(
                                    Role.OUTAGE,
                                    Role.LOSS,
                                    Role.LOSS_AFTER,
                                    Role.CORRUPT,
                                    Role.MARK,
                                    Role.TRUNCATE,
                                    Role.REORDER,
                                    Role.DUPLICATE)
                            .map(Setting::of),
                    Stream.of(Setting.MAX_LAG, Setting.FILTER))
            .<Setting<?>>map(setting -> setting)
            .toList();

    private static final int FRAME_BYTES = 1514;

    /** What a stream without a bandwidth is taken to need, bit/s. */
    private static final double ASSUMED_BITS_PER_SECOND = 10e9;

    private static final List<Setting<?>> OF_ONE_LINK =
            List.of(Setting.HISTOGRAM_LOG, Setting.JOURNAL, Setting.REPORT, Setting.ASSERT, Setting.JUNIT);

    private static final long LEAST_WINDOW_BYTES = 1 << 16;
    private static final long UNLIMITED_QUEUE_BYTES = 1 << 20;
    private static final long MOST_WINDOW_BYTES = 256 << 20;

    @Spec
    private CommandSpec command;

    @Parameters(
            paramLabel = "RULE",
            arity = "1..*",
            description =
                    "udp:[ADDRESS:]PORT=HOST:PORT or tcp:[ADDRESS:]PORT=HOST:PORT: where clients come, and where they"
                            + " get to. Without an address only clients of this machine can come.")
    private List<String> rules;

    /** Adds the options of a link. */
    static void addOptions(CommandSpec proxy) {
        SpecOptions.addFile(proxy);
        SpecOptions.withoutPorts().forEach(setting -> SpecOptions.add(proxy, setting, setting.description()));
    }

    @Override
    public Integer call() throws Exception {
        LinkSpec spec = SpecOptions.read(command).conclude();
        SpecFiles.check(command, spec);
        List<ProxyRule> all = rules.stream().map(ProxyRule::parse).toList();
        List<ProxyRule> datagrams = of(Protocol.UDP, all);
        List<ProxyRule> streams = of(Protocol.TCP, all);
        if (!streams.isEmpty() && spec.find(Setting.SCENARIO).isPresent()) {
            throw new UsageException("--scenario is for udp: only: nothing in a stream can be lost or come twice");
        }
        if (datagrams.isEmpty()) {
            LinkSpec made = forStreams(spec, true);
            try (Running only = new Running(streams, made, windows(spec), "")) {
                return only.run.run(() -> {});
            }
        }
        if (streams.isEmpty()) {
            try (Running only = new Running(datagrams, spec, new long[2], "")) {
                return only.run.run(() -> {});
            }
        }
        for (Setting<?> setting : OF_ONE_LINK) {
            if (!spec.all(setting).isEmpty()) {
                throw new UsageException(setting.option() + " is for one link, and udp: and tcp: have one each");
            }
        }
        if (spec.find(Setting.HTTP).isPresent()) {
            throw new UsageException("--http is for one link, and udp: and tcp: have one each");
        }
        if (spec.find(Setting.LEDGER).isPresent()) {
            throw new UsageException("--ledger is for one link, and udp: and tcp: have one each");
        }
        if (spec.find(Setting.RECORD).isPresent()) {
            throw new UsageException("--record is for one link, and udp: and tcp: have one each");
        }
        LinkSpec made = forStreams(spec, false);
        try (Running one = new Running(datagrams, spec, new long[2], Protocol.UDP.label());
                Running other = new Running(streams, made, windows(spec), Protocol.TCP.label())) {
            String ignored = Rights.giveUp(spec, one.priority, List.of()); // before there is another thread
            FutureTask<Integer> task = new FutureTask<>(() -> untilOneEnds(other));
            Thread thread = Thread.ofPlatform().name("tlem tcp").daemon().start(task);
            int status = untilOneEnds(one);
            thread.join();
            return Math.max(status, task.get());
        }
    }

    private static int untilOneEnds(Running link) throws InterruptedException {
        try {
            return link.run.run(() -> {});
        } finally {
            Shutdown.request();
        }
    }

    /** A proxy and its link. */
    private static final class Running implements AutoCloseable {
        private final Opened opened = new Opened();
        final LinkRun run;
        final int priority;

        Running(List<ProxyRule> rules, LinkSpec spec, long[] windows, String label) throws IOException {
            try {
                Proxy proxy = opened.add(Proxy.open(rules, windows));
                LinkSetup setup = LinkSetup.between(spec, proxy.clients(), proxy.targets());
                run = opened.add(new LinkRun(spec, setup, ports -> ports, label));
                priority = setup.config().priority();
            } catch (Throwable e) {
                opened.closeAfter(e);
                throw e;
            }
        }

        @Override
        public void close() {
            opened.close();
        }
    }

    private static List<ProxyRule> of(Protocol protocol, List<ProxyRule> rules) {
        return rules.stream().filter(rule -> rule.protocol() == protocol).toList();
    }

    /**
     * The link of streams.
     *
     * @param alone nothing else is proxied: what is not for streams is a mistake, and not only for others
     */
    private static LinkSpec forStreams(LinkSpec spec, boolean alone) {
        LinkSpec made = spec;
        List<String> left = new ArrayList<>();
        for (Setting<?> setting : NOT_FOR_STREAMS) {
            if (Stream.of(0, 1)
                    .anyMatch(way -> spec.direction(way).find(setting).isPresent())) {
                left.add(setting.option());
                made = made.with(setting);
            }
        }
        if (!left.isEmpty()) {
            String said =
                    "tcp: nothing in a stream can be lost, come twice, overtake or change: " + String.join(", ", left);
            if (alone) {
                throw new UsageException(said + " is for udp: only");
            }
            Output.warn(said + " holds for udp: only");
        }
        long[] windows = windows(spec);
        return made.with(Setting.OVERFLOW, "wait")
                .with(Setting.of(Role.QUEUE), queue(spec, 0, windows), queue(spec, 1, windows));
    }

    /** A queue that never is full: what it may hold is limited by the window. Headers and short pieces need more. */
    private static String queue(LinkSpec spec, int way, long[] windows) {
        return isLimited(spec, way) ? Long.toString(2 * windows[way] + UNLIMITED_QUEUE_BYTES) : Setting.NONE;
    }

    private static boolean isLimited(LinkSpec spec, int way) {
        return !spec.direction(way).of(Role.BANDWIDTH).isEmpty();
    }

    /** Bytes that may be under way each way: what the link holds while it is busy, and its queue. */
    private static long[] windows(LinkSpec spec) {
        long[] windows = new long[2];
        for (int way = 0; way < 2; way++) {
            LinkModels models = LinkModels.of(spec.direction(way).models(), new RandomStreams(0, 0));
            String queue = spec.direction(way).of(Role.QUEUE);
            if (!queue.matches("(bytes,|packets,)?[0-9].*|")) {
                throw new UsageException(Role.QUEUE.option() + " " + queue
                        + ": pieces of a stream wait instead of being dropped; SIZE and packets,N are possible");
            }
            double rate =
                    isLimited(spec, way) ? (double) models.bandwidth().maxBitsPerSecond() : ASSUMED_BITS_PER_SECOND;
            double queued = queue.isEmpty() ? UNLIMITED_QUEUE_BYTES : mostBytes(models.queue());
            double window = rate / 8 * (double) models.delay().maxNanos() / 1e9 + queued;
            windows[way] = Math.clamp((long) window, LEAST_WINDOW_BYTES, MOST_WINDOW_BYTES);
        }
        return windows;
    }

    private static double mostBytes(QueueModel queue) {
        return Math.min((double) queue.maxBytes(), (double) queue.maxPackets() * FRAME_BYTES);
    }
}
