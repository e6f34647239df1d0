package io.tlem.control;

import io.tlem.os.PrivateFolder;
import io.tlem.spec.JsonText;
import io.tlem.text.Nearest;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks a running link of this user's. Used by one thread. */
public final class ControlClient implements AutoCloseable {
    private static final int MOST_BYTES = 1 << 20;
    private static final long SECOND = 1_000_000_000L;

    /** A change is in force within milliseconds, and much later only on a machine that stands still. */
    private static final long ANSWER_NANOS = 10 * SECOND;

    private static final long SILENCE_NANOS = 2 * 3600 * SECOND;

    private final String name;
    private final LineChannel lines;
    private String lastLine = "";

    private ControlClient(String name, LineChannel lines) {
        this.name = name;
        this.lines = lines;
    }

    /**
     * Connects to a link.
     *
     * @throws RefusedException when there is no such link
     * @throws IOException when it cannot be reached
     */
    public static ControlClient connect(String name) throws IOException {
        return connect(PrivateFolder.runtime(), name);
    }

    /** As the other, with the folder of the names. */
    static ControlClient connect(Path folder, String name) throws IOException {
        List<String> all = LinkName.all(folder);
        if (!all.contains(name)) { // which no name is that leads out of the folder
            throw none(name, all);
        }
        SocketChannel channel;
        try {
            channel = LinkName.connect(folder, name);
        } catch (ConnectException e) { // its process was killed
            throw none(name, all.stream().filter(other -> !other.equals(name)).toList());
        } catch (IOException e) {
            throw new IOException("the link " + name + " cannot be reached: " + e.getMessage(), e);
        }
        return new ControlClient(name, new LineChannel(channel, MOST_BYTES));
    }

    private static RefusedException none(String name, List<String> all) {
        String closed = PrivateFolder.ofRoot()
                .filter(Files::exists)
                .map(folder -> "; those of root, in " + folder + ", are for root alone")
                .orElse("");
        return new RefusedException(
                2,
                "no link of this user's has the name " + name
                        + (all.isEmpty() ? ", and none runs" : Nearest.hint(name, all)) + closed);
    }

    /** The link's name. */
    public String name() {
        return name;
    }

    /**
     * What the link says to a request.
     *
     * @param request such as {@code show}
     * @param more of it, by key
     * @throws RefusedException when it does not do it
     * @throws IOException when it does not answer
     */
    public Message ask(String request, Map<String, ?> more) throws IOException {
        return ask(request, more, 0);
    }

    /**
     * As the other.
     *
     * @param nanos that the link may take besides
     */
    public Message ask(String request, Map<String, ?> more, long nanos) throws IOException {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put(Protocol.VERSION_KEY, Protocol.VERSION);
        object.put(Protocol.DO, request);
        object.putAll(more);
        try {
            lines.write(JsonText.line(object), ANSWER_NANOS);
        } catch (IOException e) {
            // It has hung up, and may have said why.
        }
        Message answer = next(ANSWER_NANOS + nanos)
                .orElseThrow(() -> new IOException("the link " + name + " has ended, or hung up, without an answer"));
        if (!answer.text(Protocol.OK).equals("true")) {
            throw new RefusedException(
                    (int) answer.number(Protocol.STATUS).orElse(1), name + ": " + answer.text(Protocol.ERROR));
        }
        return answer;
    }

    /**
     * What comes next without being asked for, as after {@code watch}; empty when the link has ended.
     *
     * @param nanos until it comes, at most
     */
    public Optional<Message> next(long nanos) throws IOException {
        try {
            Optional<String> line = lines.read(nanos, nanos);
            lastLine = line.orElse("");
            return line.map(text -> Message.parse("answer of " + name, text));
        } catch (SocketTimeoutException e) {
            throw new IOException("the link " + name + " does not answer", e);
        }
    }

    /**
     * What comes next after {@code watch}; empty when the link has ended. A link that starts or ends may be silent for long.
     *
     * @throws IOException when the connection is lost although the link has not ended: its process was killed
     */
    public Optional<Message> nextWatched() throws IOException {
        Optional<Message> message = next(SILENCE_NANOS);
        if (message.isEmpty()) {
            throw new IOException("the link " + name + " is lost: its process has ended without a word");
        }
        return message.filter(found -> !found.has(Protocol.ENDED));
    }

    /** What came last, as it came. */
    public String lastLine() {
        return lastLine;
    }

    @Override
    public void close() {
        lines.close();
    }
}
