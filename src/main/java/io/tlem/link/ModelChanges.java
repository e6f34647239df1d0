package io.tlem.link;

import io.tlem.impair.Role;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** How often the models of a direction have become others while it ran. Written by the thread that decides, read by any. */
final class ModelChanges {
    private Map<Role, String> present;
    private volatile Map<Role, Long> counts = Map.of();

    /** @param first specifications that the direction starts with */
    ModelChanges(Map<Role, String> first) {
        present = first;
    }

    /** These are in force from now on. */
    void changed(Map<Role, String> next) {
        Map<Role, Long> all = new EnumMap<>(Role.class);
        all.putAll(counts);
        for (Role role : Role.values()) {
            if (!Objects.equals(present.get(role), next.get(role))) {
                all.merge(role, 1L, Long::sum);
            }
        }
        present = next;
        counts = Collections.unmodifiableMap(all);
    }

    /** How often each role's have; those that never did are left out. */
    Map<Role, Long> counts() {
        return counts;
    }
}
