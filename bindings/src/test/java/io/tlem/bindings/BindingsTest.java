package io.tlem.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.PaddingLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/**
 * Holds committed bindings against this machine: what its C compiler says of every bound structure and constant is what
 * the Java classes say, and every bound call is there to be linked. Extended by a test for each header.
 */
public abstract class BindingsTest {
    /** Relative to the module, where Maven runs tests. */
    private static final Path NATIVE = Path.of("..", "native");

    private final Class<?> bindings;
    private final String header;
    private final List<String> includes;

    @TempDir
    Path folder;

    /**
     * @param bindings the generated class that holds constants and calls
     * @param header relative to native/include
     * @param includes file of jextract options, relative to native
     */
    protected BindingsTest(Class<?> bindings, String header, String includes) throws IOException {
        this.bindings = bindings;
        this.header = header;
        this.includes = Files.readAllLines(NATIVE.resolve(includes));
    }

    @BeforeAll
    static void onlyOnLinux() {
        if (!System.getProperty("os.name").equals("Linux")) {
            throw new TestAbortedException("not Linux");
        }
    }

    @Test
    void structuresAreLaidOutAsTheCompilerDoes() throws Exception {
        List<Struct> structs = structs();
        assertFalse(structs.isEmpty());
        List<String> java = new ArrayList<>();
        List<String> statements = new ArrayList<>();
        for (Struct struct : structs) {
            java.add(struct.cType + " size " + struct.layout.byteSize());
            statements.add(print(struct.cType + " size", "sizeof(" + struct.cType + ")"));
            addMembers(struct, struct.layout, "", 0, java, statements);
        }
        assertEquals(String.join("\n", java), runC(statements));
    }

    @Test
    void constantsHaveTheValuesTheCompilerGivesThem() throws Exception {
        List<String> names = included("constant");
        assertFalse(names.isEmpty());
        List<String> java = new ArrayList<>();
        List<String> statements = new ArrayList<>();
        for (String name : names) {
            Object value = bindings.getMethod(name).invoke(null);
            switch (value) {
                // An unsigned 32-bit value above the range of int keeps its bits.
                case Integer number -> {
                    java.add(name + " " + number);
                    statements.add(print(name, "(int)(" + name + ")"));
                }
                case Long number -> {
                    java.add(name + " " + number);
                    statements.add(print(name, name));
                }
                case MemorySegment text
                when text.byteSize() > 0 -> {
                    java.add(name + " " + text.getString(0));
                    statements.add("    printf(\"" + name + " %s\\n\", " + name + ");");
                }
                case MemorySegment pointer -> {
                    java.add(name + " " + pointer.address());
                    statements.add(print(name, name));
                }
                default -> throw new AssertionError(name + " is a " + value.getClass());
            }
        }
        assertEquals(String.join("\n", java), runC(statements));
    }

    @Test
    void everyCallIsFoundInTheCLibrary() throws Exception {
        List<String> names = included("function");
        for (String name : names) {
            Class<?> variadic = Stream.of(bindings.getClasses())
                    .filter(nested -> nested.getSimpleName().equals(name))
                    .findFirst()
                    .orElse(null);
            Object address = variadic == null
                    ? bindings.getMethod(name + "$address").invoke(null)
                    : variadic.getMethod("address").invoke(null);
            assertNotEquals(0, ((MemorySegment) address).address(), name);
        }
    }

    private static void addMembers(
            Struct struct, GroupLayout group, String path, long base, List<String> java, List<String> statements) {
        for (MemoryLayout member : group.memberLayouts()) {
            if (member instanceof PaddingLayout) {
                continue;
            }
            String name = path + member.name().orElseThrow();
            long offset = base
                    + group.byteOffset(
                            MemoryLayout.PathElement.groupElement(member.name().orElseThrow()));
            String label = struct.cType + " " + name;
            java.add(label + " offset " + offset);
            statements.add(print(label + " offset", "offsetof(" + struct.cType + ", " + name + ")"));
            if (member.byteSize() > 0) { // a flexible array has no size in C
                java.add(label + " size " + member.byteSize());
                statements.add(print(label + " size", "sizeof(((" + struct.cType + " *)0)->" + name + ")"));
            }
            if (member instanceof GroupLayout inner) {
                addMembers(struct, inner, name + ".", offset, java, statements);
            }
        }
    }

    private List<Struct> structs() throws ReflectiveOperationException {
        List<Struct> structs = new ArrayList<>();
        for (String name : included("struct")) {
            structs.add(new Struct("struct " + name, layoutOf(name)));
        }
        for (String name : included("typedef")) {
            structs.add(new Struct(name, layoutOf(name)));
        }
        return structs;
    }

    private GroupLayout layoutOf(String name) throws ReflectiveOperationException {
        Class<?> type = Class.forName(bindings.getPackageName() + "." + name);
        return (GroupLayout) type.getMethod("layout").invoke(null);
    }

    private List<String> included(String kind) {
        String option = "--include-" + kind + " ";
        return includes.stream()
                .filter(line -> line.startsWith(option))
                .map(line -> line.substring(option.length()))
                .toList();
    }

    private static String print(String label, String expression) {
        return "    printf(\"" + label + " %lld\\n\", (long long)(" + expression + "));";
    }

    private String runC(List<String> statements) throws IOException, InterruptedException {
        compile("probe", List.of());
        return run(List.of(compile("layouts", statements).toString()));
    }

    /** Compiles a program of these statements; one without any tells whether there is a compiler with the headers. */
    private Path compile(String name, List<String> statements) throws IOException, InterruptedException {
        Path source = folder.resolve(name + ".c");
        Path program = folder.resolve(name);
        Files.writeString(source, """
                #include "%s"
                #include <stddef.h>
                #include <stdio.h>

                int main(void) {
                %s
                    return 0;
                }
                """.formatted(header, String.join("\n", statements)));
        List<String> command =
                List.of("cc", "-I" + NATIVE.resolve("include"), "-o", program.toString(), source.toString());
        try {
            run(command);
        } catch (IOException | AssertionError e) {
            if (!statements.isEmpty()) {
                throw e;
            }
            String reason = "no C compiler with Linux's headers: " + e.getMessage();
            if ("1".equals(System.getenv("TLEM_REQUIRE_PRIVILEGED"))) {
                throw new AssertionError(reason, e);
            }
            throw new TestAbortedException(reason);
        }
        return program;
    }

    private String run(List<String> command) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("LC_ALL", "C");
        int status = builder.start().waitFor();
        String text = Files.readString(output).strip();
        assertEquals(0, status, () -> command.getFirst() + ": " + text);
        return text;
    }

    private record Struct(String cType, GroupLayout layout) {}
}
