package io.tlem.cli;

import io.tlem.impair.ModelKind;
import io.tlem.impair.Models;
import io.tlem.impair.Parameter;
import io.tlem.impair.Role;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tlem models}. */
@Command(
        name = "models",
        description = "Lists the models of every role with their arguments, units, defaults and an example.",
        mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {
    @Option(
            names = "--model-path",
            paramLabel = "DIR",
            description = "Folder with jars of models of your own: they are listed too.")
    private Path modelPath;

    @Override
    public Integer call() {
        if (modelPath != null) {
            ModelPath.load(modelPath);
        }
        for (Role role : Role.values()) {
            System.out.println("--" + role.label());
            for (ModelKind kind : Models.kinds(role)) {
                System.out.println("  " + kind.usage());
                System.out.println("      " + kind.summary());
                for (Parameter parameter : kind.parameters()) {
                    System.out.println("      " + describe(parameter));
                }
                System.out.println("      for example --" + role.label() + " " + kind.example());
            }
        }
        return 0;
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
