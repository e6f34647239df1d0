package io.tlem;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Map;
import java.util.Set;

/**
 * The rooms' table of the design: a room is a package below {@code io.tlem} with everything inside it, and uses no other
 * room than its line here names. A room that is not in the table fails, so that a new one is a decision.
 */
@AnalyzeClasses(packages = RoomsTest.ROOT, importOptions = ImportOption.DoNotIncludeTests.class)
class RoomsTest {
    static final String ROOT = "io.tlem";

    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("bindings", Set.of()),
            Map.entry("os", Set.of("bindings")),
            Map.entry("wire", Set.of()),
            Map.entry("layout", Set.of()),
            Map.entry("buffer", Set.of("os", "layout")),
            Map.entry("text", Set.of()),
            Map.entry("port", Set.of("os", "wire", "stats", "text", "layout")),
            Map.entry("route", Set.of("port", "wire", "stats", "spec")),
            Map.entry("impair", Set.of("stats", "wire", "text", "layout")),
            Map.entry("classify", Set.of("wire", "text")),
            Map.entry("spec", Set.of("impair", "classify", "port", "stats", "text")),
            Map.entry("thread", Set.of("os", "layout")),
            Map.entry("stats", Set.of("layout")),
            Map.entry(
                    "link",
                    Set.of("buffer", "port", "route", "impair", "classify", "spec", "thread", "stats", "layout", "os")),
            Map.entry("ledger", Set.of("buffer", "port", "wire", "impair", "spec", "stats", "text", "layout", "link")),
            Map.entry("record", Set.of("buffer", "port", "impair", "spec", "stats", "text", "layout", "link")),
            Map.entry("scenario", Set.of("spec", "impair", "text", "stats")),
            Map.entry(
                    "simulate",
                    Set.of(
                            "buffer",
                            "port",
                            "wire",
                            "impair",
                            "classify",
                            "spec",
                            "thread",
                            "stats",
                            "text",
                            "link",
                            "record",
                            "scenario")),
            Map.entry("fit", Set.of("port", "wire", "impair", "spec", "stats", "text", "simulate", "report")),
            Map.entry("sweep", Set.of("simulate", "port", "spec", "stats", "report", "text")),
            Map.entry("traffic", Set.of("port", "stats", "wire", "text", "impair")),
            Map.entry("events", Set.of("stats", "thread")),
            Map.entry("control", Set.of("events", "link", "scenario", "stats", "spec", "impair", "os", "text")),
            Map.entry("report", Set.of("stats", "spec", "impair", "text", "link", "buffer", "port", "thread", "os")),
            Map.entry("web", Set.of("control", "link", "scenario", "ledger", "stats", "spec", "impair", "text")),
            Map.entry("screen", Set.of("control", "stats", "text")),
            Map.entry("manual", Set.of("cli")),
            Map.entry(
                    "cli",
                    Set.of(
                            "os",
                            "buffer",
                            "port",
                            "route",
                            "impair",
                            "spec",
                            "thread",
                            "stats",
                            "text",
                            "link",
                            "scenario",
                            "simulate",
                            "sweep",
                            "fit",
                            "ledger",
                            "record",
                            "control",
                            "events",
                            "report",
                            "traffic",
                            "screen",
                            "web")));

    @ArchTest
    static final ArchRule ROOMS_USE_WHAT_THE_TABLE_ALLOWS = classes()
            .should(new ArchCondition<>("live in a room and use only the rooms its line in the table names") {
                @Override
                public void check(JavaClass javaClass, ConditionEvents events) {
                    Set<String> allowed = MAY_USE.get(room(javaClass));
                    if (allowed == null) {
                        events.add(SimpleConditionEvent.violated(
                                javaClass, javaClass.getName() + " is in no room of the table"));
                        return;
                    }
                    for (Dependency dependency : javaClass.getDirectDependenciesFromSelf()) {
                        if (!allows(allowed, javaClass, dependency.getTargetClass())) {
                            events.add(SimpleConditionEvent.violated(javaClass, dependency.getDescription()));
                        }
                    }
                }
            });

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

    private static boolean allows(Set<String> allowed, JavaClass origin, JavaClass target) {
        JavaClass used = target.getBaseComponentType();
        if (!within(used.getPackageName(), ROOT) || room(used).equals(room(origin))) {
            return true;
        }
        return allowed.stream().anyMatch(room -> within(used.getPackageName(), ROOT + "." + room));
    }

    private static boolean within(String packageName, String parent) {
        return packageName.equals(parent) || packageName.startsWith(parent + ".");
    }

    /** The first name below the root, or nothing for a class beside the rooms. */
    private static String room(JavaClass javaClass) {
        String packageName = javaClass.getPackageName();
        if (packageName.length() <= ROOT.length()) {
            return "";
        }
        String inside = packageName.substring(ROOT.length() + 1);
        int end = inside.indexOf('.');
        return end < 0 ? inside : inside.substring(0, end);
    }
}
