package io.tlem.impair;

import java.util.List;

/**
 * Kinds of models. Libraries are found as services ({@link java.util.ServiceLoader}), so that a user's model is a name on the
 * command line like the built-in ones:
 *
 * <pre>{@code
 * public final class MyModels implements ModelLibrary {
 *     public List<ModelKind> kinds() {
 *         return List.of(new ModelKind(
 *                 Role.DELAY,
 *                 "sawtooth",
 *                 List.of(Parameter.required("max", Parameter.Unit.TIME, "top of the teeth")),
 *                 "grows from 0 to MAX, packet by packet, and starts again",
 *                 "sawtooth,10ms",
 *                 (arguments, random) -> new Sawtooth(arguments.timeNanos("max"))));
 *     }
 * }
 * }</pre>
 */
public interface ModelLibrary {
    /** The kinds, with names that no other library uses in the same role. */
    List<ModelKind> kinds();
}
