package io.tlem.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.tlem.testing.ModelExamples;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every kind of models, those that are added later included. */
class AllModelsTest {
    private static final long MODEL_BYTES = 4 << 20; // that a model takes, tables and all
    private static final ThreadMXBean MEMORY = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    Path folder;

    static Stream<Arguments> kinds() {
        return Arrays.stream(Role.values())
                .filter(role -> role == role.declaredAs())
                .flatMap(role -> Models.kinds(role).stream())
                .filter(kind -> !kind.name().startsWith("test-")) // the bad ones of the tests
                .map(kind -> Arguments.of(kind.role(), kind.name(), kind));
    }

    private String example(ModelKind kind) {
        return ModelExamples.specification(kind, folder);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("kinds")
    void keepsTheContract(Role role, String name, ModelKind kind) {
        ModelContract.check(role, example(kind));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("kinds")
    void allocatesNothingInTenMillionPackets(Role role, String name, ModelKind kind) {
        ModelContract.checkAllocation(role, example(kind), 10_000_000);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("kinds")
    void isDeclaredForPeople(Role role, String name, ModelKind kind) {
        assertTrue(name.matches("[a-z][a-z0-9-]*"), name);
        assertFalse(kind.summary().isBlank() || kind.summary().contains("\n"));
        assertFalse(kind.example().isEmpty());
        kind.parameters().forEach(parameter -> {
            assertTrue(parameter.name().matches("[a-z][a-z0-9-]*"), parameter.name());
            assertFalse(parameter.description().isBlank());
        });
        assertTrue(kind.usage().length() < 100, kind.usage());
    }

    /** A role's option takes whatever text comes: a model, or one line that says why not. */
    @Property(tries = 1500)
    void noSpecificationDoesAnythingElse(@ForAll("specifications") String spec) {
        for (Role role : Role.values()) {
            try {
                LinkModels.of(Map.of(role, spec), new RandomStreams(1, 0));
            } catch (SpecException e) {
                assertFalse(e.getMessage().contains("\n"));
            }
        }
    }

    @Provide
    Arbitrary<String> specifications() {
        Arbitrary<String> kind =
                Arbitraries.of(kinds().map(a -> (String) a.get()[1]).distinct().toList());
        Arbitrary<String> word = Arbitraries.oneOf(
                Arbitraries.of(
                        "0", "1", "0.5", "-1", "1e300", "10ms", "1G", "99%", "nan", "", "=", "max=1", "p=0.5", "a=b"),
                Arbitraries.strings().ascii().excludeChars('\n').ofMaxLength(8),
                kind);
        return word.list().ofMinSize(1).ofMaxSize(6).map(words -> String.join(",", words));
    }

    private static Stream<ModelKind> kindsWithFiles() {
        return kinds().map(a -> (ModelKind) a.get()[2])
                .filter(kind -> kind.parameters().stream().anyMatch(p -> p.unit() == Parameter.Unit.FILE));
    }

    /**
     * A file that a specification names may hold anything: a model, or one line that names the file; no more time and memory
     * than what is in it can need.
     */
    @Property(tries = 2000)
    void noFileDoesAnythingElse(@ForAll("namesOfFiles") String name, @ForAll long choice) throws IOException {
        Random random = new Random(choice);
        byte[] content = content(random, ModelExamples.FILES.get(name));
        Path file = Files.createTempFile("tlem", name);
        try {
            Files.write(file, content);
            for (ModelKind kind : kindsWithFiles().toList()) {
                if (kind.example().contains(name)) {
                    String spec = kind.example().replace(name, file.toString());
                    assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
                        long before = MEMORY.getCurrentThreadAllocatedBytes();
                        judge(kind.role(), spec, file);
                        long bytes = MEMORY.getCurrentThreadAllocatedBytes() - before;
                        assertTrue(
                                bytes < MODEL_BYTES + 1000L * content.length,
                                kind.name() + " took " + bytes + " bytes");
                    });
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    private static void judge(Role role, String spec, Path file) {
        try {
            LinkModels.of(Map.of(role, spec), new RandomStreams(1, 0));
        } catch (SpecException e) {
            assertFalse(e.getMessage().contains("\n"), e.getMessage());
            assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        }
    }

    /** A good file with some mistakes, words of it in any order, or noise. */
    private static byte[] content(Random random, String good) {
        if (random.nextInt(4) == 0) {
            byte[] noise = new byte[random.nextInt(3000)];
            random.nextBytes(noise);
            return noise;
        }
        StringBuilder text = new StringBuilder(good.repeat(1 + random.nextInt(3)));
        String[] words =
                (good + " -1 1e9 1e99 nan 99999999999999999999 0x7fff 32768 3601s 5ns # \r é").split("\\s", -1);
        for (int changes = random.nextInt(6); changes > 0 && !text.isEmpty(); changes--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(5)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, (char) (random.nextInt(4) > 0 ? ' ' + random.nextInt(95) : random.nextInt()));
                case 2 -> text.setCharAt(at, text.charAt(random.nextInt(text.length())));
                case 3 -> text.insert(at, " \n".charAt(random.nextInt(2)) + words[random.nextInt(words.length)]);
                default -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(30))));
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Provide
    Arbitrary<String> namesOfFiles() {
        return Arbitraries.of(ModelExamples.FILES.keySet());
    }

    @Test
    void everyFileOfAnExampleIsThere() {
        assertEquals(
                ModelExamples.FILES.keySet(),
                kindsWithFiles()
                        .flatMap(kind -> Arrays.stream(kind.example().split(",", -1)))
                        .filter(ModelExamples.FILES::containsKey)
                        .collect(Collectors.toSet()));
    }

    @Test
    void argumentsByName() {
        RandomStreams streams = new RandomStreams(1, 0);
        assertEquals(
                15_000_000, Models.delay("uniform,max=15ms,min=5ms", streams).maxNanos());
        assertEquals(15_000_000, Models.delay("uniform,5ms,max=15ms", streams).maxNanos());
        for (String bad : new String[] {
            "uniform,5ms,min=1ms", "uniform,max=1ms,5ms", "uniform,5ms,5ms,mix=3", "uniform,min=,max=1"
        }) {
            String message = assertThrows(SpecException.class, () -> Models.delay(bad, streams))
                    .getMessage();
            assertTrue(message.contains("usage: uniform,MIN,MAX"), message);
        }
    }

    /** A model that does not do what the contract says is found out. */
    @Test
    void theContractCanFail() {
        assertThrows(AssertionError.class, () -> ModelContract.check(Role.DELAY, "test-liar"));
        assertThrows(AssertionError.class, () -> ModelContract.check(Role.DELAY, "test-waster"));
        assertThrows(AssertionError.class, () -> ModelContract.check(Role.DELAY, "test-dice"));
    }
}
