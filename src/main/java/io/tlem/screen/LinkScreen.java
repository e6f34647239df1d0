package io.tlem.screen;

import io.tlem.control.ShownLink;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;

/**
 * A running link on the whole of a terminal, drawn again whenever there is something new, until somebody presses q, the link
 * ends, or a signal ends the command. The terminal is what it was before then, however it comes to that. Used by one thread.
 */
public final class LinkScreen implements AutoCloseable {
    private static final long KEY_MILLIS = 100;
    private static final int[] TOGETHER = {1, 2, 5, 10};
    private static final int CTRL_C = 3;
    private static final int USUAL_COLUMNS = 80;
    private static final int USUAL_ROWS = 24;

    private final Terminal terminal;
    private final Attributes before;
    private final Display display;
    private final Frame.Looks looks;
    private History history = new History();
    private History standing; // what is shown while it is paused, else null
    private ShownLink shown;
    private ShownLink standingShown;
    private int together; // index
    private boolean help;
    private boolean ended;
    private boolean taken;

    /** On a terminal that becomes its own. */
    LinkScreen(Terminal terminal, Frame.Looks looks) {
        this.terminal = terminal;
        this.looks = looks;
        before = terminal.getAttributes();
        display = new Display(terminal, true);
    }

    /**
     * Takes the terminal.
     *
     * @param charset in which the terminal is written to
     * @param colours whether it may be coloured, where it can
     * @return null where standard input and output are no terminal, or one that cannot draw
     */
    public static LinkScreen open(Charset charset, boolean colours) {
        String type = System.getenv("TERM");
        if (type == null || type.startsWith("dumb")) {
            return null;
        }
        Terminal terminal;
        try {
            terminal = TerminalBuilder.builder()
                    .name("tlem")
                    .system(true)
                    .dumb(false)
                    .jni(false)
                    .nativeSignals(false)
                    .graphemeCluster(false)
                    .encoding(charset)
                    .build();
        } catch (IOException | IllegalStateException e) {
            return null; // no terminal
        }
        if (terminal.getStringCapability(Capability.cursor_address) == null) {
            closeQuietly(terminal);
            return null;
        }
        // The console of Linux has no such letters in its font.
        boolean blocks = Sparkline.hasBlocks(charset) && !type.equals("linux");
        return new LinkScreen(terminal, new Frame.Looks(charset, blocks, colours));
    }

    /**
     * Shows a link.
     *
     * @param name of the link
     * @param ends whether the command is to end
     * @return whether the link has ended, and not the command
     * @throws io.tlem.control.RefusedException when there is no such link
     * @throws IOException when it is lost
     */
    public boolean show(String name, BooleanSupplier ends) throws IOException {
        try (Feed feed = new Feed(name)) {
            shown = feed.first();
            takeTerminal();
            Size size = Size.of(0, 0);
            boolean changed = true;
            while (!ended) {
                Size now = size();
                if (changed || !now.equals(size)) {
                    draw(now, !now.equals(size));
                    size = now;
                }
                int key = terminal.reader().read(KEY_MILLIS);
                if (ends.getAsBoolean() || isEnd(key)) {
                    return false;
                }
                boolean pressed = press(key);
                changed = takeNews(feed) || pressed;
            }
            return true;
        }
    }

    private void takeTerminal() {
        taken = true;
        terminal.enterRawMode();
        Attributes raw = terminal.getAttributes();
        raw.setLocalFlag(
                Attributes.LocalFlag.ISIG, false); // Ctrl-C is a key, and nothing stops it with the screen half drawn
        terminal.setAttributes(raw);
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.cursor_invisible);
        terminal.flush();
    }

    private Size size() {
        Size size = terminal.getSize();
        return Size.of(
                size.getColumns() > 0 ? size.getColumns() : USUAL_COLUMNS,
                size.getRows() > 0 ? size.getRows() : USUAL_ROWS);
    }

    private static boolean isEnd(int key) {
        return key == 'q' || key == 'Q' || key == CTRL_C || key == NonBlockingReader.EOF;
    }

    /** Whether there is something else to draw. */
    private boolean press(int key) {
        switch (key) {
            case 'p', 'P', ' ' -> {
                standing = standing == null ? new History(history) : null;
                standingShown = shown;
            }
            case 'r', 'R' -> together = (together + 1) % TOGETHER.length;
            case '?', 'h', 'H' -> help = !help;
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean takeNews(Feed feed) throws IOException {
        boolean any = false;
        for (Feed.News news = feed.poll(); news != null; news = feed.poll()) {
            switch (news) {
                case Feed.Second second -> {
                    history.add(second.interval());
                    shown = second.shown();
                }
                case Feed.End end -> ended = true;
                case Feed.Lost lost -> throw lost.why();
            }
            any = true;
        }
        return any && standing == null;
    }

    private void draw(Size size, boolean resized) {
        if (resized) {
            display.clear();
            display.resize(size);
        }
        Frame frame = standing == null
                ? new Frame(shown, history, TOGETHER[together], false, help)
                : new Frame(standingShown, standing, TOGETHER[together], true, help);
        List<org.jline.utils.AttributedString> lines = frame.lines(size.getColumns(), size.getRows(), looks);
        display.update(lines, 0);
        terminal.flush();
    }

    /** Gives the terminal back as it was. */
    @Override
    public void close() {
        if (taken) {
            terminal.puts(Capability.exit_ca_mode);
            terminal.puts(Capability.cursor_normal);
            terminal.flush();
            terminal.setAttributes(before);
        }
        closeQuietly(terminal);
    }

    private static void closeQuietly(Terminal terminal) {
        try {
            terminal.close();
        } catch (IOException e) {
            // It has gone.
        }
    }
}
