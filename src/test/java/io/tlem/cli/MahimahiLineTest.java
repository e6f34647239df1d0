package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MahimahiLineTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mm-delay 20 | shell --delay 20ms",
                "mm-delay 20 curl -v x | shell --delay 20ms -- curl -v x",
                "mm-loss uplink 0.1 -- ping x | shell --loss 0.1 --loss none -- ping x",
                "mm-loss downlink .5 sh | shell --loss none --loss .5 -- sh",
                "mm-link u d | shell --bandwidth mahimahi,u --bandwidth mahimahi,d --queue none --queue none",
                "mm-link u d --once -- c -x"
                        + " | shell --bandwidth mahimahi,u,end=once --bandwidth mahimahi,d,end=once"
                        + " --queue none --queue none -- c -x",
                "mm-link --uplink-queue droptail --uplink-queue-args=bytes=15000 u d --downlink-queue=drophead"
                        + " --downlink-queue-args=packets=9 c --once"
                        + " | shell --bandwidth mahimahi,u --bandwidth mahimahi,d --queue bytes,15000"
                        + " --queue head-packets,9 -- c --once",
                "mm-link u d --uplink-queue=codel --uplink-queue-args=packets=100,target=5,interval=100"
                        + " --downlink-queue=pie --downlink-queue-args=packets=100,qdelay_ref=20,max_burst=100"
                        + " | shell --bandwidth mahimahi,u --bandwidth mahimahi,d"
                        + " --queue codel,limit=100,target=5ms,interval=100ms"
                        + " --queue pie,limit=100,target=20ms,burst=100ms",
                "mm-delay 20 mm-delay 5 mm-loss uplink 1 mm-link a,b c -- mm-loss downlink 0 x"
                        + " | shell --bandwidth mahimahi,a\\,b --bandwidth mahimahi,c --queue none --queue none"
                        + " --loss 1 --loss 0 --delay 25ms -- x",
            })
    void isALineOfShell(String line, String shell) {
        assertEquals(shell, String.join(" ", MahimahiLine.toShell(line.split(" ", -1))));
    }

    /** In its own words, not in those of the command that runs it. */
    @Test
    void helpIsOfTheLineItself() {
        assertTrue(MahimahiLine.asksForHelp(new String[] {"mm-link", "--help"}));
        assertFalse(MahimahiLine.asksForHelp(new String[] {"mm-link", "up", "--help"}));
        assertFalse(MahimahiLine.asksForHelp(new String[] {"shell", "--help"}));
        for (String part : new String[] {"mm-link UPLINK-TRACE DOWNLINK-TRACE", "--downlink-queue-args", "--once"}) {
            assertTrue(MahimahiLine.help().contains(part), part);
        }
    }
}
