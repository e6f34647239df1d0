package io.tlem.impair;

import java.util.List;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;

/**
 * A kind of models that a specification can name, {@code name,argument,...}: what it is called, what it takes, and how a
 * model is made of it.
 *
 * @param role what its models decide
 * @param name lower case letters, digits and hyphens
 * @param parameters in the order in which arguments without a name are given
 * @param summary what the model does, in a line
 * @param example a specification that works
 * @param factory makes the model of one direction of its arguments and of a generator that nothing else draws from; throws
 *     {@link SpecException} when the arguments are not acceptable together. What it makes is of the role's type
 */
public record ModelKind(
        Role role,
        String name,
        List<Parameter> parameters,
        String summary,
        String example,
        BiFunction<Arguments, RandomGenerator, ?> factory) {
    /** Checks what a mistake in the declaration could be. */
    public ModelKind {
        parameters = List.copyOf(parameters);
        boolean optional = false;
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            if (parameter.repeated() && i < parameters.size() - 1) {
                throw new IllegalArgumentException(
                        name + ": " + parameter.name() + " is repeated and not the last one");
            }
            if (optional && parameter.defaultText().isEmpty()) {
                throw new IllegalArgumentException(
                        name + ": " + parameter.name() + " is required, one before it is not");
            }
            optional = parameter.defaultText().isPresent();
        }
    }

    /** The specification's form, for example {@code gap,N[,P[,CORRELATION]]}. */
    public String usage() {
        StringBuilder form = new StringBuilder(name.equals(role.usualKind()) ? "[" + name + ",]" : name);
        int optional = 0;
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            boolean first = i == 0 && name.equals(role.usualKind());
            if (parameter.defaultText().isPresent()) {
                form.append('[');
                optional++;
            }
            form.append(first ? "" : ",").append(parameter.form());
        }
        return form + "]".repeat(optional);
    }
}
