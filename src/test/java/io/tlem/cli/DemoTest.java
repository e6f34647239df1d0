package io.tlem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DemoTest {
    private static String output(String... arguments) {
        PrintStream standardOutput = System.out;
        ByteArrayOutputStream captured = new ByteArrayOutputStream();
        System.setOut(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            assertEquals(0, Main.execute(arguments));
        } finally {
            System.setOut(standardOutput);
        }
        return captured.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " ");
    }

    private static String help(String command) {
        return output(command, "--help");
    }

    @Test
    void helpIsACommandToo() {
        assertEquals(output("--help"), output("help"));
        assertEquals(help("demo"), output("help", "demo"));
    }

    /** A run that ends before they are due has lost nothing. */
    @Test
    void whatIsStillInsideIsNotLost() {
        String said = output("demo", "--duration", "300ms", "-B", "1M", "-D", "30s", "--drain", "0", "-L", "0", "-q");
        assertTrue(said.contains("loss 0 0.00000, 0 of "), said);
        assertTrue(said.contains(" more were still inside"), said);
    }

    @Test
    void theHelpNamesTheDemosOwnDefaults() {
        String demo = help("demo");
        for (String value : new String[] {"1G", "20ms", "0.01", "1M", "10s"}) {
            assertTrue(demo.contains("Default: " + value + "."), value + " in " + demo);
        }
        assertFalse(demo.contains("Default: 0, no limit"), demo);
        assertTrue(demo.contains("This option and the others with a model"), demo);
        assertTrue(demo.indexOf("--bandwidth") < demo.indexOf("--delay"), "in their order: " + demo);
        String run = help("run");
        assertTrue(run.contains("Default: 0, no limit."), run);
        assertFalse(run.contains("Default: 1G"), run);
    }

    @Test
    void whatALinkCarriesIsFoundByHavingItCarrySome() {
        assertEquals(1e9, DemoCommand.carried("1G"), 1e5);
        assertEquals(1e9 * 1514 / 1538, DemoCommand.carried("ether,1G"), 1e5);
        assertEquals(8000, DemoCommand.carried("8k"), 1);
        assertTrue(Double.isInfinite(DemoCommand.carried("")));
        assertTrue(Double.isInfinite(DemoCommand.carried("10x")), "refused later");
    }
}
