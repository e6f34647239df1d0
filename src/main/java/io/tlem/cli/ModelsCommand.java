package io.tlem.cli;

import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.Parameter;
import io.tlem.impair.Role;
import io.tlem.spec.Setting;
import io.tlem.spec.Value;
import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlem models}. */
@Command(
        name = "models",
        description =
                "Lists the models of every role, or of one, with their arguments, units, defaults and an example.",
        mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {
    @Option(
            names = "--model-path",
            paramLabel = "DIR",
            description = "Folder with jars of models of your own: they are listed too.")
    private Path modelPath;

    @Parameters(
            arity = "0..1",
            paramLabel = "ROLE",
            description = "What the models decide: a long option of run, such as delay. Default: all of them.")
    private String wanted;

    @Override
    public Integer call() {
        if (modelPath != null) {
            Value<Path> ignored = Setting.MODEL_PATH.value(modelPath.toString());
        }
        for (Role role : wanted == null ? List.of(Role.values()) : List.of(role(wanted))) {
            Output.text("--" + role.label());
            for (ModelKind kind : Models.kinds(role)) {
                Output.text("  " + kind.usage());
                Output.text("      " + kind.summary());
                for (Parameter parameter : kind.parameters()) {
                    Output.text("      " + describe(parameter));
                }
                Output.text("      for example --" + role.label() + " " + kind.example());
            }
        }
        return 0;
    }

    private static Role role(String name) {
        List<String> labels = Arrays.stream(Role.values()).map(Role::label).toList();
        int index = labels.indexOf(name.toLowerCase(Locale.ROOT));
        if (index < 0) {
            throw new UsageException(Shown.quoted(name) + " is no role of models" + Nearest.hint(name, labels));
        }
        return Role.values()[index];
    }

    private static String describe(Parameter parameter) {
        String fallback = parameter
                .defaultText()
                .filter(text -> !text.isEmpty())
                .map(text -> ", default " + text)
                .orElse("");
        return parameter.name() + ": " + parameter.unit().label() + fallback + "; " + parameter.description();
    }
}
