package io.tlem.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tlem.cli.Main;
import io.tlem.control.LinkName;
import io.tlem.control.RefusedException;
import io.tlem.testing.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.impl.LineDisciplineTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A link that runs, on a terminal that is made of streams. */
@Timeout(120)
class LinkScreenTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String NAME = "screen-" + ProcessHandle.current().pid();
    private static final String TAKEN = "\u001b[?1049h";
    private static final String GIVEN_BACK = "\u001b[?1049l";

    private final ByteArrayOutputStream drawn = new ByteArrayOutputStream();
    private LineDisciplineTerminal terminal;
    private Attributes before;
    private volatile Attributes last;

    @BeforeEach
    void open() throws IOException {
        drawn.reset();
        terminal = new LineDisciplineTerminal("test", "xterm", drawn, StandardCharsets.UTF_8) {
            @Override
            public void setAttributes(Attributes attributes) {
                super.setAttributes(attributes);
                last = new Attributes(attributes);
            }
        };
        terminal.setSize(Size.of(80, 24));
        before = new Attributes(terminal.getAttributes());
        last = before;
    }

    @AfterEach
    void close() throws IOException {
        terminal.close();
    }

    private static FutureTask<Integer> link() {
        FutureTask<Integer> run = new FutureTask<>(() -> Main.commandLine()
                .execute(("run -i generator:pps=1000 -i sink: -qq --nice 0 --buffer 1M -D 3ms --name " + NAME)
                        .split(" ")));
        Thread.ofPlatform().daemon().start(run);
        Await.until("it is there", PATIENCE, () -> {
            try {
                return run.isDone() || LinkName.all().contains(NAME);
            } catch (IOException e) {
                return false;
            }
        });
        assertFalse(run.isDone());
        return run;
    }

    private String drawn() {
        return drawn.toString(StandardCharsets.UTF_8);
    }

    private FutureTask<Boolean> screen(AtomicBoolean ends) {
        FutureTask<Boolean> shown = new FutureTask<>(() -> {
            try (LinkScreen screen = new LinkScreen(terminal, new Frame.Looks(StandardCharsets.UTF_8, true, true))) {
                return screen.show(NAME, ends::get);
            }
        });
        Thread.ofPlatform().daemon().start(shown);
        return shown;
    }

    private void awaitDrawn(FutureTask<Boolean> shown, String text) {
        Await.until(text, PATIENCE, () -> shown.isDone() || drawn().contains(text));
        assertFalse(shown.isDone(), "it goes on");
    }

    private void assertGivenBack() {
        assertTrue(drawn().lastIndexOf(GIVEN_BACK) > drawn().lastIndexOf(TAKEN), "the screen");
        assertEquals(before.toString(), last.toString());
    }

    @Test
    void keysResizingAndSignalsUntilTheLinkEnds() throws Exception {
        FutureTask<Integer> run = link();
        AtomicBoolean ends = new AtomicBoolean();
        FutureTask<Boolean> shown = screen(ends);
        awaitDrawn(shown, "delay 3ms");
        assertTrue(drawn().contains(TAKEN));
        assertFalse(terminal.getAttributes().getLocalFlag(Attributes.LocalFlag.ECHO), "keys are not printed");
        drawn.reset();
        terminal.processInputBytes(new byte[] {'?'});
        awaitDrawn(shown, "Ctrl-C");
        terminal.processInputBytes(new byte[] {'?'});
        drawn.reset();
        terminal.processInputBytes(new byte[] {'p'});
        awaitDrawn(shown, "PAUSED");
        terminal.processInputBytes(new byte[] {'p'});
        terminal.processInputBytes(new byte[] {'x'});
        drawn.reset();
        terminal.setSize(Size.of(200, 40));
        awaitDrawn(shown, "version 0");
        terminal.processInputBytes(new byte[] {'q'});
        assertEquals(false, shown.get(20, TimeUnit.SECONDS), "the link goes on");
        assertGivenBack();

        open();
        shown = screen(ends);
        awaitDrawn(shown, "delay 3ms");
        ends.set(true); // as a signal says
        assertEquals(false, shown.get(20, TimeUnit.SECONDS));
        assertGivenBack();

        open();
        ends.set(false);
        shown = screen(ends);
        awaitDrawn(shown, "delay 3ms");
        assertEquals(0, Main.commandLine().execute("stop", NAME, "--now"));
        assertEquals(true, shown.get(20, TimeUnit.SECONDS), "the link has ended");
        assertGivenBack();
        assertEquals(0, run.get(30, TimeUnit.SECONDS));
    }

    @Test
    void whereNoLinkIsTheTerminalIsLeftAlone() throws IOException {
        try (LinkScreen screen = new LinkScreen(terminal, new Frame.Looks(StandardCharsets.UTF_8, true, true))) {
            assertThrows(RefusedException.class, () -> screen.show("no-such-link", () -> false));
        }
        assertEquals("", drawn());
        assertEquals(before.toString(), last.toString());
    }
}
