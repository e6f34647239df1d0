package io.tlem.os;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** The kernel takes the slice, and only the calling thread's. */
class TimeSliceTest {
    @Test
    void theKernelTakesItForThisThreadOnly() throws InterruptedException {
        long before = SystemThreads.timeSlice();
        if (!Platform.LINUX || !Platform.X86_64 || before == 0) { // 0: a kernel before 6.12
            throw new TestAbortedException("this kernel has no time slices to be asked for");
        }
        long[] inside = new long[1];
        Thread thread = Thread.ofPlatform().start(() -> {
            SystemThreads.setTimeSlice(200_000, 0);
            inside[0] = SystemThreads.timeSlice();
        });
        thread.join();
        assertEquals(200_000, inside[0]);
        assertEquals(before, SystemThreads.timeSlice());
    }
}
