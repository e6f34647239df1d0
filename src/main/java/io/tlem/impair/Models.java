package io.tlem.impair;

import io.tlem.text.Escapes;
import io.tlem.text.Failures;
import io.tlem.text.InputFile;
import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/**
 * Turns specifications, {@code kind,argument,name=value} or just {@code argument} for the usual kind, into models: of the
 * libraries that come with the emulator and of those on the class path.
 */
public final class Models {
    /** TLEM's queue when a bandwidth is given without a queue, bytes. */
    public static final long DEFAULT_QUEUE_BYTES = 50_000;

    private static final Pattern NAME = Pattern.compile("(?!(?i:nan|inf))\\p{Alpha}[\\w-]*");
    private static final Map<Role, Map<String, ModelKind>> KINDS = new EnumMap<>(Role.class);

    private Models() {}

    static {
        for (Role role : Role.values()) {
            KINDS.put(role, new TreeMap<>());
        }
        ServiceLoader.load(ModelLibrary.class, Models.class.getClassLoader()).forEach(Models::add);
    }

    private static void add(ModelLibrary library) {
        for (ModelKind kind : library.kinds()) {
            if (KINDS.get(kind.role()).putIfAbsent(kind.name(), kind) != null) {
                throw new SpecException("there are two " + kind.role().label() + " models '" + kind.name()
                        + "'; one is of " + library.getClass().getName());
            }
        }
    }

    /**
     * Adds the libraries of a folder: of its jars, and of classes that lie in it. To be called before models are made.
     *
     * @throws SpecException when there is no such folder, no library in it, or one that cannot be used
     */
    public static synchronized void load(Path folder) {
        // Not closed: models load classes as long as they run.
        ClassLoader loader = new URLClassLoader(
                Failures.USERS_CLASSES + folder, places(folder).toArray(URL[]::new), Models.class.getClassLoader());
        try {
            List<ModelLibrary> found = ServiceLoader.load(ModelLibrary.class, loader).stream()
                    .filter(library -> library.type().getClassLoader() == loader)
                    .map(ServiceLoader.Provider::get)
                    .toList();
            if (found.isEmpty()) {
                throw new SpecException(
                        folder + ": no model there: no jar that has META-INF/services/" + ModelLibrary.class.getName());
            }
            found.forEach(Models::add);
        } catch (SpecException e) {
            throw e;
        } catch (ServiceConfigurationError e) {
            String missing = String.valueOf(e.getMessage()).replaceFirst("^[\\w.]+: (Provider )?", "");
            throw new SpecException(folder + ": the library of models cannot be used: "
                    + (e.getCause() == null ? missing : Failures.ofLoading(e.getCause())));
        } catch (RuntimeException | Error e) {
            throw new SpecException(folder + ": the library of models cannot be used: " + Failures.ofLoading(e));
        }
    }

    private static List<URL> places(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<URL> places = new ArrayList<>(List.of(folder.toUri().toURL()));
            for (Path jar : files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList()) {
                try (ZipFile content = new ZipFile(jar.toFile())) { // a class loader would pass over a broken one
                    if (content.size() > 0) {
                        places.add(jar.toUri().toURL());
                    }
                } catch (IOException e) {
                    throw new SpecException(jar + ": is no jar, or is broken: " + InputFile.reason(e));
                }
            }
            return places;
        } catch (NotDirectoryException | NoSuchFileException e) {
            throw new SpecException(folder + ": there is no such folder");
        } catch (IOException e) {
            throw new SpecException(folder + ": cannot be read: " + InputFile.reason(e));
        }
    }

    /** Every kind of a role, by name. */
    public static List<ModelKind> kinds(Role role) {
        return List.copyOf(KINDS.get(role.declaredAs()).values());
    }

    /**
     * A model of a role.
     *
     * @param spec empty for a model that leaves packets alone: null, for queues, bandwidths, delays and the order one that does nothing
     * @throws SpecException when it is not acceptable
     */
    static Object create(Role role, String spec, RandomStreams streams) {
        if (!spec.isEmpty()) {
            return parse(role, spec, streams);
        }
        return switch (role) {
            case QUEUE -> NoQueue.QUEUE;
            case BANDWIDTH -> BandwidthModel.unlimited();
            case DELAY, DELAY_OFFSET -> DelayModel.constant(0);
            case ORDER -> Order.KEEP;
            default -> null;
        };
    }

    /** A bandwidth model; an empty specification is a link without limit. */
    public static BandwidthModel bandwidth(String spec, RandomStreams streams) {
        return (BandwidthModel) create(Role.BANDWIDTH, spec, streams);
    }

    /** A queue model; an empty specification is no queue at all, right only in front of a link without limit. */
    public static QueueModel queue(String spec, RandomStreams streams) {
        return (QueueModel) create(Role.QUEUE, spec, streams);
    }

    /** A loss model. */
    public static LossModel loss(String spec, RandomStreams streams) {
        return (LossModel) create(Role.LOSS, spec, streams);
    }

    /** A delay model; an empty specification is no delay. */
    public static DelayModel delay(String spec, RandomStreams streams) {
        return (DelayModel) create(Role.DELAY, spec, streams);
    }

    /**
     * Checks a specification by making a model of it.
     *
     * @throws SpecException when it is not acceptable
     */
    public static void check(Role role, String spec) {
        Object ignored = parse(role, spec, new RandomStreams(0, 0));
    }

    /**
     * A specification with other names of its files, as when they were relative to another folder.
     *
     * @throws SpecException when there is no such kind, or its arguments are too many, too few or unknown
     */
    public static String withFiles(Role role, String spec, UnaryOperator<String> change) {
        Words words = words(role, spec);
        List<String> all = new ArrayList<>(new Arguments(words.kind(), words.arguments()).withFiles(change));
        if (words.named()) {
            all.add(0, words.kind().name());
        }
        return String.join(",", all);
    }

    /**
     * The files that a specification names.
     *
     * @param spec empty for none
     * @throws SpecException when it is not acceptable
     */
    public static List<Path> files(Role role, String spec) {
        return spec.isEmpty()
                ? List.of()
                : given(role, spec).stream()
                        .filter(given -> given.parameter().unit() == Parameter.Unit.FILE)
                        .map(given -> Path.of(given.value()))
                        .toList();
    }

    /**
     * The files in a folder of users' models from which these are loaded: its jars, and where services lie there, also all
     * classes.
     *
     * @throws IOException when it cannot be read
     */
    public static List<Path> files(Path folder) throws IOException {
        Path services = folder.resolve("META-INF");
        try (Stream<Path> all = Files.walk(folder, Files.isDirectory(services) ? Integer.MAX_VALUE : 1)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(".class")
                            || file.startsWith(services)
                            || (file.toString().endsWith(".jar") && folder.equals(file.getParent())))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * The kind that a specification names.
     *
     * @throws SpecException when there is no such kind
     */
    public static ModelKind kind(Role role, String spec) {
        return words(role, spec).kind();
    }

    /** An argument of a specification. */
    public record Given(ModelKind kind, Parameter parameter, String value) {}

    /**
     * The arguments that a specification gives, not those that follow from defaults.
     *
     * @throws SpecException when it is not acceptable
     */
    public static List<Given> given(Role role, String spec) {
        Words words = words(role, spec);
        return new Arguments(words.kind(), words.arguments()).given();
    }

    /** @param named whether the specification begins with the kind's name */
    private record Words(ModelKind kind, List<String> arguments, boolean named) {}

    private static Words words(Role role, String spec) {
        List<String> words;
        try {
            words = Escapes.split(spec, ',');
        } catch (IllegalArgumentException e) {
            throw new SpecException(e.getMessage());
        }
        String first = words.get(0);
        Map<String, ModelKind> kinds = KINDS.get(role.declaredAs());
        ModelKind kind = kinds.get(first.startsWith("const") ? "constant" : first); // as TLEM
        if (kind != null) {
            return new Words(kind, words.subList(1, words.size()), true);
        }
        if (NAME.matcher(first).matches() || !kinds.containsKey(role.usualKind())) {
            throw unknown(role, first);
        }
        return new Words(kinds.get(role.usualKind()), words, false);
    }

    private static Object parse(Role role, String spec, RandomStreams streams) {
        Words words = words(role, spec);
        ModelKind kind = words.kind();
        Arguments arguments = new Arguments(kind, words.arguments());
        Object model;
        try {
            model = kind.factory().apply(arguments, streams.stream(role.label() + "." + kind.name()));
        } catch (SpecException e) {
            throw e;
        } catch (OutOfMemoryError e) {
            throw new SpecException(Failures.memory());
        } catch (LinkageError e) {
            throw new SpecException(
                    "the " + role.label() + " model '" + kind.name() + "' cannot be used: " + Failures.ofLoading(e));
        } catch (RuntimeException | Error e) {
            throw new SpecException(
                    "the " + role.label() + " model '" + kind.name() + "' failed: " + Failures.describe(e));
        }
        if (model == null) {
            throw new SpecException("the " + role.label() + " model '" + kind.name() + "' failed: it made nothing");
        }
        if (!role.type().isInstance(model)) {
            throw new SpecException("the " + role.label() + " model '" + kind.name() + "' is not a "
                    + role.type().getSimpleName() + " but a " + model.getClass().getName());
        }
        return model;
    }

    private static SpecException unknown(Role role, String found) {
        Set<String> names = KINDS.get(role.declaredAs()).keySet();
        String similar = Nearest.similar(found, names);
        return new SpecException(Shown.quoted(found) + " is not "
                + (role == Role.OUTAGE || role == Role.ORDER ? "an " : "a ") + role.label() + " model"
                + (similar.isEmpty() ? "; known: " + String.join(" ", names) : similar)
                + " (tlem models " + role.label() + " lists them)");
    }
}
