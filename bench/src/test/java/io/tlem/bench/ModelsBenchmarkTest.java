package io.tlem.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.Role;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Param;

/** The benchmark of the models knows all of them, and can run them. */
class ModelsBenchmarkTest {
    private static List<String> models() throws NoSuchFieldException {
        return List.of(ModelsBenchmark.class
                .getDeclaredField("model")
                .getAnnotation(Param.class)
                .value());
    }

    /** Of each kind, as {@code ROLE:KIND}; the usual kind may be left out. */
    private static String kindOf(String model) {
        Role role = Arrays.stream(Role.values())
                .filter(r -> model.startsWith(r.label() + ":"))
                .findFirst()
                .orElseThrow();
        String first = model.substring(role.label().length() + 1).split(",", 2)[0];
        boolean named = Models.kinds(role).stream().anyMatch(kind -> kind.name().equals(first));
        return role.label() + ":" + (named ? first : role.usualKind());
    }

    @Test
    void everyModelIsMeasured() throws NoSuchFieldException {
        Set<String> measured = models().stream()
                .filter(model -> !model.equals("none"))
                .map(ModelsBenchmarkTest::kindOf)
                .collect(Collectors.toSet());
        Set<String> all = Arrays.stream(Role.values())
                .filter(role -> role == role.declaredAs())
                .flatMap(role -> Models.kinds(role).stream())
                .filter(kind -> !kind.name().equals("allow-drop")) // another name of two others
                .map(ModelsBenchmarkTest::name)
                .collect(Collectors.toSet());
        assertEquals(all, measured);
    }

    private static String name(ModelKind kind) {
        return kind.role().label() + ":" + kind.name();
    }

    static Stream<String> parameters() throws NoSuchFieldException {
        return models().stream();
    }

    @ParameterizedTest
    @MethodSource("parameters")
    void everyModelRuns(String model) throws Exception {
        ModelsBenchmark benchmark = new ModelsBenchmark();
        benchmark.use(model);
        benchmark.setUp();
        for (int i = 0; i < 1000; i++) {
            assertNotNull(benchmark.decide());
        }
        benchmark.tearDown();
    }
}
