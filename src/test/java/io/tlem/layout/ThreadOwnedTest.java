package io.tlem.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.tlem.stats.Counter;
import io.tlem.stats.Counters;
import io.tlem.stats.DropReason;
import io.tlem.stats.LinkTimesRecorder;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where this virtual machine puts the fields that a thread writes all the time: apart from those of any other object. */
class ThreadOwnedTest {
    private static final int APART_BYTES = 128; // two cache lines, which are fetched together

    /** The classes at the ends: all that are written all the time have two above them. */
    static List<Class<?>> classes() {
        return new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.tlem").stream()
                        .filter(type -> type.isAssignableTo(ThreadOwned.class))
                        .filter(type ->
                                !type.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT))
                        .<Class<?>>map(JavaClass::reflect)
                        .toList();
    }

    @Test
    void theseAreKeptApart() {
        Set<String> names = classes().stream().map(Class::getSimpleName).collect(Collectors.toSet());
        assertEquals(
                Set.of(
                        "InputStage",
                        "EntryRing",
                        "ClerkState",
                        "AnnotatorStage",
                        "OutputStage",
                        "BatchIntake",
                        "Border",
                        "Decider",
                        "Annotator",
                        "PacketContext",
                        "PacketHold",
                        "PacketBatch",
                        "RecordWriter",
                        "RecordReader",
                        "OrderedReader",
                        "ReorderingReader",
                        "LatencyRecorder",
                        "Waiter"),
                names);
    }

    private static List<Field> fields(Class<?> type) {
        return Stream.of(type.getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("classes")
    void theirFieldsHaveLinesOfTheirOwn(Class<?> type) throws ReflectiveOperationException {
        Class<?> written = type.getSuperclass();
        assertSame(ThreadOwned.class, written.getSuperclass());
        long first = Long.MAX_VALUE;
        long end = 0;
        for (Field field : fields(written)) {
            first = Math.min(first, offset(field));
            end = Math.max(end, offset(field) + bytes(field.getType()));
        }
        long ahead = end;
        for (Field field : fields(ThreadOwned.class)) {
            assertTrue(offset(field) < first, field.getName());
            ahead = Math.min(ahead, offset(field));
        }
        assertTrue(first - ahead >= APART_BYTES, first - ahead + " bytes ahead of " + written);
        long last = end;
        for (Field field : fields(type)) {
            last = Math.max(last, offset(field) + bytes(field.getType()));
            assertTrue(
                    Modifier.isFinal(field.getModifiers()) || field.getName().startsWith("q"),
                    field + " changes, so it belongs into " + written);
        }
        assertTrue(last - end >= APART_BYTES, last - end + " bytes behind " + written);
    }

    /** By its name, as javac would warn of the class; it has no replacement that knows of offsets. */
    private static long offset(Field field) throws ReflectiveOperationException {
        Class<?> unsafe = Class.forName("sun.misc.Unsafe");
        Field only = unsafe.getDeclaredField("theUnsafe");
        only.setAccessible(true);
        Method method = unsafe.getMethod("objectFieldOffset", Field.class);
        return (long) method.invoke(only.get(null), field);
    }

    private static int bytes(Class<?> type) {
        return type == long.class ? 8 : type == boolean.class || type == byte.class ? 1 : 4;
    }

    private static long[] valuesOf(Object recorder) throws ReflectiveOperationException {
        Field values = recorder.getClass().getDeclaredField("values");
        values.setAccessible(true);
        return (long[]) values.get(recorder);
    }

    private static void assertApart(long[] values, int written) {
        int longs = APART_BYTES / Long.BYTES;
        List<Integer> used = IntStream.range(0, values.length)
                .filter(i -> values[i] != 0)
                .boxed()
                .toList();
        assertEquals(written, used.size());
        assertTrue(used.getFirst() >= longs, "first is " + used.getFirst());
        assertTrue(used.getLast() < values.length - longs, "last is " + used.getLast());
    }

    @Test
    void soHaveCounters() throws ReflectiveOperationException {
        Counters counters = new Counters();
        for (Counter counter : Counter.values()) {
            counters.add(counter, 1);
        }
        for (DropReason reason : DropReason.values()) {
            counters.drop(reason, 1, 1);
        }
        assertApart(valuesOf(counters), Counter.values().length + 2 * DropReason.values().length);
        LinkTimesRecorder times = new LinkTimesRecorder();
        long[] one = LongStream.rangeClosed(1, 7).toArray();
        times.set(one[0], one[1], one[2], one[3], one[4], one[5], one[6]);
        assertApart(valuesOf(times), 7);
    }
}
