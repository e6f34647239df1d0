package io.tlem.simulate;

import io.tlem.impair.Models;
import io.tlem.scenario.Scenario;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The files that simulations of links read besides captures: what comes out follows from what is in them. Used by one thread; the
 * scenario of several links is read once.
 */
public final class NamedFiles {
    private final Map<Path, Scenario> scenarios = new HashMap<>();

    /**
     * The files that models of a link name, folders of users' models, the scenario, its tables, and the files of models in these.
     *
     * @return from the root, in the order of their names
     * @throws io.tlem.spec.ConfigException with the place, when the scenario is not acceptable
     * @throws IOException when a folder cannot be read
     */
    public List<Path> of(LinkSpec link) throws IOException {
        SortedSet<Path> files = new TreeSet<>();
        add(link, files);
        Optional<Path> file = link.find(Setting.SCENARIO);
        if (file.isPresent()) {
            Scenario scenario = scenarios.computeIfAbsent(file.get(), Scenario::read);
            files.add(absolute(file.get()));
            scenario.files().forEach(its -> files.add(absolute(its)));
            for (LinkSpec changed : scenario.check(link)) {
                add(changed, files);
            }
        }
        return List.copyOf(files);
    }

    private static void add(LinkSpec link, SortedSet<Path> files) throws IOException {
        for (int direction = 0; direction < 2; direction++) {
            link.direction(direction)
                    .models()
                    .forEach((role, text) -> Models.files(role, text).forEach(file -> files.add(absolute(file))));
        }
        for (var folder : link.all(Setting.MODEL_PATH)) {
            Models.files(folder.value()).forEach(file -> files.add(absolute(file)));
        }
    }

    private static Path absolute(Path file) {
        return file.toAbsolutePath().normalize();
    }
}
