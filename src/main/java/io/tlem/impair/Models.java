package io.tlem.impair;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Turns specifications, {@code kind,arg,arg} or just {@code arg} for the usual kind, into models: the built-in ones
 * below and those that providers on the class path offer.
 */
public final class Models {
    /** TLEM's queue when a bandwidth is given without a queue, bytes. */
    public static final long DEFAULT_QUEUE_BYTES = 50_000;

    private static final Pattern NAME = Pattern.compile("(?!(?i:nan|inf))\\p{Alpha}[\\w-]*");
    private static final LossModel NO_LOSS = packet -> false;
    private static final Catalogue<ModelProvider.Bandwidth> BANDWIDTH =
            new Catalogue<>("bandwidth", "constant", ModelProvider.Bandwidth.class);
    private static final Catalogue<ModelProvider.Queue> QUEUE =
            new Catalogue<>("queue", "bytes", ModelProvider.Queue.class);
    private static final Catalogue<ModelProvider.Loss> LOSS = new Catalogue<>("loss", "plr", ModelProvider.Loss.class);
    private static final Catalogue<ModelProvider.Delay> DELAY =
            new Catalogue<>("delay", "constant", ModelProvider.Delay.class);

    private Models() {}

    /** Every provider there is, by role, in the order in which a packet meets the roles. */
    public static Map<String, List<ModelProvider<?>>> providers() {
        Map<String, List<ModelProvider<?>>> all = new LinkedHashMap<>();
        for (Catalogue<?> catalogue : List.of(LOSS, QUEUE, BANDWIDTH, DELAY)) {
            all.put(catalogue.role, List.copyOf(catalogue.byKind.values()));
        }
        return all;
    }

    /** A bandwidth model; an empty specification is a link without limit. */
    public static BandwidthModel bandwidth(String spec, RandomStreams streams) {
        return spec.isEmpty() ? new UnlimitedBandwidth() : create(BANDWIDTH, spec, streams);
    }

    /** A queue model; an empty specification is no queue at all, right only in front of a link without limit. */
    public static QueueModel queue(String spec, RandomStreams streams) {
        return spec.isEmpty() ? NoQueue.INSTANCE : create(QUEUE, spec, streams);
    }

    /** A loss model; an empty specification loses nothing. */
    public static LossModel loss(String spec, RandomStreams streams) {
        return spec.isEmpty() ? NO_LOSS : create(LOSS, spec, streams);
    }

    /** A delay model; an empty specification is no delay. */
    public static DelayModel delay(String spec, RandomStreams streams) {
        return spec.isEmpty() ? new ConstantDelay(0) : create(DELAY, spec, streams);
    }

    private static <M> M create(Catalogue<? extends ModelProvider<M>> catalogue, String spec, RandomStreams streams) {
        List<String> words =
                Arrays.stream(spec.split(",", -1)).map(String::strip).toList();
        String first = words.get(0);
        ModelProvider<M> provider = catalogue.byKind.get(first.startsWith("const") ? "constant" : first); // as TLEM
        if (provider != null) {
            words = words.subList(1, words.size());
        } else if (words.size() == 1) {
            provider = catalogue.byKind.get(catalogue.defaultKind);
            if (NAME.matcher(first).matches()) {
                throw catalogue.unknown(first);
            }
        } else {
            throw catalogue.unknown(first);
        }
        Arguments arguments = new Arguments(provider.kind(), provider.usage(), words);
        return provider.create(arguments, streams.stream(catalogue.role + "." + provider.kind()));
    }

    private static final class Catalogue<P extends ModelProvider<?>> {
        private final String role;
        private final String defaultKind;
        private final Map<String, P> byKind;

        Catalogue(String role, String defaultKind, Class<P> service) {
            this.role = role;
            this.defaultKind = defaultKind;
            this.byKind = StreamSupport.stream(ServiceLoader.load(service).spliterator(), false)
                    .collect(Collectors.toMap(ModelProvider::kind, p -> p, (a, b) -> a, TreeMap::new));
        }

        SpecException unknown(String found) {
            return new SpecException("'" + found + "' is not a " + role + " model; known: "
                    + byKind.values().stream().map(ModelProvider::usage).collect(Collectors.joining(" ")));
        }
    }

    private enum NoQueue implements QueueModel {
        INSTANCE;

        @Override
        public boolean admits(PacketContext packet) {
            return true;
        }

        @Override
        public void entered(PacketContext packet) {}

        @Override
        public long maxBytes() {
            return 0;
        }

        @Override
        public long maxPackets() {
            return 0;
        }

        @Override
        public long highWaterBytes() {
            return 0;
        }

        @Override
        public long highWaterPackets() {
            return 0;
        }
    }
}
