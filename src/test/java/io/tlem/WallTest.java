package io.tlem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.tlem.impair.BandwidthModel;
import io.tlem.impair.DelayModel;
import io.tlem.impair.DuplicateModel;
import io.tlem.impair.EditModel;
import io.tlem.impair.LossModel;
import io.tlem.impair.ModelContract;
import io.tlem.impair.ModelLibrary;
import io.tlem.impair.QueueModel;
import io.tlem.impair.ReorderModel;
import io.tlem.link.Link;
import io.tlem.port.PacketPort;
import io.tlem.port.PortException;
import io.tlem.port.PortProvider;
import io.tlem.spec.SpecReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The wall between what users program against and the rest. Public is what can be reached from a few classes through what is
 * public or protected in them; the page on embedding lists it, and nothing else. So a class that becomes reachable, or no
 * longer is, is a decision.
 */
class WallTest {
    /** Where a user begins: models, ports, and links with their specifications. */
    private static final List<Class<?>> DOORS = List.of(
            ModelLibrary.class,
            BandwidthModel.class,
            DelayModel.class,
            DuplicateModel.class,
            EditModel.class,
            LossModel.class,
            QueueModel.class,
            ReorderModel.class,
            ModelContract.class,
            PacketPort.class,
            PortProvider.class,
            PortException.class,
            Link.class,
            SpecReader.class);

    /** Rooms of which nothing is public. */
    private static final Set<String> INTERNAL = Set.of(
            "bindings",
            "buffer",
            "cli",
            "control",
            "fit",
            "layout",
            "ledger",
            "manual",
            "os",
            "record",
            "report",
            "route",
            "screen",
            "sweep",
            "text",
            "thread",
            "wire");

    private static final Path ROOT = Files.exists(Path.of("README.md")) ? Path.of("") : Path.of("..");
    private static final Pattern ROW = Pattern.compile("\\| `(io\\.tlem\\.\\w+)` \\|.*\\| (.*) \\|");
    private static final Pattern NAME = Pattern.compile("`(\\w+)`");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(RoomsTest.ROOT);

    @Test
    void whatCanBeReachedIsWhatThePageLists() throws IOException {
        assertEquals(
                String.join("\n", listed()),
                reached().stream()
                        .map(JavaClass::getName)
                        .filter(name -> !name.contains("$"))
                        .collect(Collectors.joining("\n")));
    }

    @Test
    void nothingOfAnInternalRoomCanBeReached() {
        assertEquals(
                List.of(),
                reached().stream()
                        .filter(found ->
                                INTERNAL.contains(found.getPackageName().split("\\.", -1)[2]))
                        .map(JavaClass::getName)
                        .toList());
    }

    @Test
    void theExamplesUseNothingElse() {
        Set<String> open = reached().stream().map(JavaClass::getName).collect(Collectors.toSet());
        JavaClasses examples = new ClassFileImporter().importPackages("example");
        assertTrue(examples.stream().count() >= 3, examples.toString());
        assertEquals(
                List.of(),
                examples.stream()
                        .flatMap(example -> example.getDirectDependenciesFromSelf().stream())
                        .filter(use -> isOurs(use.getTargetClass())
                                && !open.contains(use.getTargetClass().getName()))
                        .map(Dependency::getDescription)
                        .toList());
    }

    @Test
    void internalRoomsSaySo() throws IOException {
        for (String room : INTERNAL) {
            Path description =
                    ROOT.resolve("src/main/java/io/tlem").resolve(room).resolve("package-info.java");
            if (Files.exists(description)) { // the bindings have none: they are generated
                assertTrue(Files.readString(description).contains("Internal: "), room);
            }
        }
    }

    /** Everything that can be reached from the doors. */
    private static Set<JavaClass> reached() {
        Set<JavaClass> reached = new TreeSet<>((a, b) -> a.getName().compareTo(b.getName()));
        Deque<JavaClass> next = new ArrayDeque<>();
        DOORS.forEach(door -> next.add(CLASSES.get(door)));
        while (!next.isEmpty()) {
            JavaClass found = next.remove();
            if (isOurs(found) && isOpen(found.getModifiers()) && reached.add(found)) {
                next.addAll(shownBy(found));
            }
        }
        return reached;
    }

    private static boolean isOurs(JavaClass found) {
        return found.getPackageName().startsWith(RoomsTest.ROOT + ".");
    }

    /** What users see of a class. A supertype that they cannot see shows them its own open members. */
    private static List<JavaClass> shownBy(JavaClass shown) {
        List<JavaType> types = new ArrayList<>(shown.getInterfaces());
        shown.getSuperclass().ifPresent(types::add);
        shown.getTypeParameters().forEach(parameter -> types.addAll(parameter.getUpperBounds()));
        for (JavaField field : shown.getAllFields()) {
            if (isOpen(field.getModifiers())) {
                types.add(field.getType());
            }
        }
        Stream.concat(shown.getAllMethods().stream(), shown.getConstructors().stream())
                .filter(unit ->
                        isOpen(unit.getModifiers()) && !unit.getModifiers().contains(JavaModifier.SYNTHETIC))
                .forEach(unit -> types.addAll(namedBy(unit)));
        List<JavaClass> classes = types.stream()
                .flatMap(type -> type.getAllInvolvedRawTypes().stream())
                .map(JavaClass::getBaseComponentType)
                .collect(Collectors.toCollection(ArrayList::new));
        CLASSES.stream()
                .filter(inner -> inner.getEnclosingClass().filter(shown::equals).isPresent())
                .forEach(classes::add);
        return classes;
    }

    private static List<JavaType> namedBy(JavaCodeUnit unit) {
        List<JavaType> types = new ArrayList<>(unit.getParameterTypes());
        types.add(unit.getReturnType());
        unit.getThrowsClause().forEach(thrown -> types.add(thrown.getRawType()));
        return types;
    }

    private static boolean isOpen(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private static Set<String> listed() throws IOException {
        Set<String> listed = new TreeSet<>();
        Matcher row = ROW.matcher(Files.readString(ROOT.resolve("src/site/markdown/embedding.md")));
        while (row.find()) {
            String room = row.group(1);
            NAME.matcher(row.group(2)).results().forEach(name -> listed.add(room + "." + name.group(1)));
        }
        return listed;
    }
}
