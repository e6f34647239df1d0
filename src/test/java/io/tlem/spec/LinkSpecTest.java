package io.tlem.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.impair.Role;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Specifications mean the same however they are written, say in what they differ, and know where what is wrong stands. */
class LinkSpecTest {
    private static LinkSpec yaml(String text) {
        return SpecReader.parse("link.yaml", text, Path.of("/folder"));
    }

    private static LinkSpec json(String text) {
        return SpecReader.parse("link.json", text, Path.of("/folder"));
    }

    @Test
    void whatMeansTheSameIsEqual() {
        LinkSpec one = yaml("""
                ports: [eth1, eth2]
                both: {delay: 'uniform,1ms , 2ms', max-lag: 5ms}
                duration: 60s
                batch: 512
                json: false
                """);
        LinkSpec two = json("""
                {"duration": "60", "ports": {"b": "eth2", "a": "eth1"},
                 "a-to-b": {"delay": "uniform,1ms,2ms", "max-lag": 0.005},
                 "b-to-a": {"delay": "uniform,1ms,2ms", "max-lag": "5000us"}}
                """);
        assertEquals(one, two);
        assertEquals(one.hashCode(), two.hashCode());
        assertEquals(List.of(), one.difference(two));
        assertEquals("uniform,1ms,2ms", one.direction(0).of(Role.DELAY));
        LinkSpec routed = yaml("route: true\nports: [eth1, eth2]\n");
        assertTrue(routed.direction(0).isRouted());
        assertNotEquals(routed, yaml("ports: [eth1, eth2]\n"));
    }

    @Test
    void aBandwidthHasAQueueAndModelsCannotBeChanged() {
        DirectionSpec direction = DirectionSpec.of(Map.of(Role.BANDWIDTH, "1M"));
        assertEquals(
                List.of(Role.QUEUE, Role.BANDWIDTH),
                List.copyOf(direction.models().keySet()));
        assertEquals("50000", direction.of(Role.QUEUE));
        assertThrows(
                UnsupportedOperationException.class, () -> direction.models().put(Role.DELAY, "1ms"));
        assertEquals(Optional.empty(), direction.maxLagNanos());
        assertTrue(direction.exemption().isNone());
    }

    @Test
    void differencesAreALineEach() {
        LinkSpec one = yaml("seed: 1\nboth: {delay: 10ms, loss: 1%}\nports: [a, b]\njson: true\n");
        LinkSpec two =
                yaml("seed: 1\na-to-b: {delay: 20ms}\nb-to-a: {delay: 10ms, loss: 1%}\nports: [a, c]\nbatch: 8\n");
        assertEquals(
                List.of(
                        "ports: a, b -> a, c",
                        "batch: 512 -> 8",
                        "json: true -> false",
                        "a->b delay: 10ms -> 20ms",
                        "a->b loss: 1% -> none"),
                one.difference(two));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"stages\": 7} | link.json#/stages: stages 7: '7' is not a whole number from 1 to 3",
                "{\"both\": {\"delay\": {\"kind\": \"uniform\", \"mni\": 1}}} | link.json#/both/delay/mni: 'mni' is not",
                "{\"both\": {\"dealy\": 1}} | link.json#/both/dealy: 'dealy' is not a key of both; did you mean 'delay'?",
                "{\"both\": {\"loss\": \"1.5\"}} | link.json#/both/loss: loss 1.5: ",
                "{\"ports\": [\"eth1\", \"x:y,z\"]} | link.json#/ports/1: port x:y,z: 'z' is not",
                "{\"a/b~\": 1} | link.json#/a~1b~0: 'a/b~' is not a key",
                "{\"json\": null} | link.json#/json: json takes one value, found nothing",
                "{\"seed\": 1, \"seed\": 1} | link.json#/seed: the key is there twice",
                "{\"seed\": 1} {} | link.json: more than one value",
                "[] | link.json: expected an object",
                "{\"seed\": | link.json:1:9: not JSON",
                "{\"both\": {\"order\": \"delay-first\", \"queue\": \"codel\"}} | link.json#/both/order: order delay-first: with"
            })
    void mistakesInJsonHaveTheirPointer(String text, String start) {
        String message = assertThrows(ConfigException.class, () -> json(text)).getMessage();
        assertTrue(message.startsWith(start), message);
        assertEquals(1, message.lines().count(), message);
    }

    @Test
    void deepJsonIsRefused() {
        String deep = "{\"both\":".repeat(100) + "1" + "}".repeat(100);
        assertTrue(assertThrows(ConfigException.class, () -> json(deep))
                .getMessage()
                .contains("not JSON"));
    }

    @Test
    void valuesOfTheCommandLineNameTheirOption() {
        LinkSpec.Builder builder = new LinkSpec.Builder();
        assertEquals(
                "-b 0: '0' is not a whole number from 1 to 8192",
                assertThrows(ConfigException.class, () -> builder.option(Setting.BATCH, List.of("0")))
                        .getMessage());
        assertEquals(
                "--stages has an empty value",
                assertThrows(ConfigException.class, () -> builder.option(Setting.STAGES, List.of(" ")))
                        .getMessage());
        builder.option(Setting.of(Role.DELAY), List.of(Setting.NONE, "2ms"));
        LinkSpec spec = builder.conclude();
        assertEquals("", spec.direction(0).of(Role.DELAY));
        assertEquals("2ms", spec.direction(1).of(Role.DELAY));
    }
}
