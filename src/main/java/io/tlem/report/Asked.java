package io.tlem.report;

import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.Parameter;
import io.tlem.impair.Role;
import io.tlem.impair.Units;
import java.util.HashMap;
import java.util.Map;

/** A model's specification, taken apart. */
final class Asked {
    private final String kind;
    private final Map<String, String> values = new HashMap<>();

    /** @param specification that is acceptable */
    Asked(Role role, String specification) {
        ModelKind of = Models.kind(role, specification);
        kind = of.name();
        for (Parameter parameter : of.parameters()) {
            values.put(parameter.name(), parameter.defaultText().orElse(""));
        }
        Models.given(role, specification)
                .forEach(given -> values.put(given.parameter().name(), given.value()));
    }

    String kind() {
        return kind;
    }

    boolean has(String name) {
        return !values.getOrDefault(name, "").isBlank();
    }

    String word(String name) {
        return values.get(name).strip();
    }

    double probability(String name) {
        return Units.parseProbability(word(name));
    }

    double number(String name) {
        return Units.parseNumber(word(name), -1e18, 1e18);
    }

    long count(String name) {
        return Units.parseCount(word(name), 0, Long.MAX_VALUE);
    }

    long nanos(String name) {
        return Units.parseTime(word(name));
    }

    long bytes(String name) {
        return Units.parseBytes(word(name));
    }

    long bitsPerSecond() {
        return Units.parseBandwidth(word("bps"));
    }
}
