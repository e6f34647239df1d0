package io.tlem.cli;

import io.tlem.impair.Role;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The models of one direction as the user wrote them.
 *
 * @param models specifications by role; a role that is not there leaves packets alone
 */
record DirectionSpec(Map<Role, String> models) {
    /** The specification of a role, empty where there is none. */
    String of(Role role) {
        return models.getOrDefault(role, "");
    }

    @Override
    public String toString() {
        return models.isEmpty()
                ? "no impairment"
                : models.entrySet().stream()
                        .map(model -> model.getKey().label() + " " + model.getValue())
                        .collect(Collectors.joining(", "));
    }
}
