package io.tlem.control;

import io.tlem.scenario.Playback;
import io.tlem.scenario.Scenario;
import io.tlem.spec.ConfigException;
import io.tlem.spec.JsonText;
import io.tlem.stats.JsonReport;
import io.tlem.stats.Sample;
import io.tlem.stats.Samples;
import io.tlem.stats.TextReport;
import io.tlem.text.Failures;
import io.tlem.text.Nearest;
import io.tlem.text.Shown;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** One who is connected to a link: reads requests and answers them, one after the other. */
final class Session implements Runnable {
    /** As long as a configuration may be. */
    static final int MOST_BYTES = 64 * 1024;

    private static final long SECOND = 1_000_000_000L;
    private static final long IDLE_NANOS = 60 * SECOND;
    private static final long LINE_NANOS = 5 * SECOND;
    private static final long MOST_WAIT_NANOS = 5 * SECOND;
    private static final int MISTAKE = 2;
    private static final int FAILURE = 1;
    private static final int LOST_UPDATE = 3;

    private static final String REQUEST = "request";
    private static final List<String> REQUESTS = List.of(
            Protocol.SHOW,
            Protocol.SET,
            Protocol.RESET,
            Protocol.UNDO,
            Protocol.WATCH,
            Protocol.WAIT,
            Protocol.SCENARIO,
            Protocol.STOP);

    private final LineChannel lines;
    private final LinkView view;
    private final LiveLink live;
    private final ControlServer.Ending ending;

    Session(LineChannel lines, LinkView view, ControlServer.Ending ending) {
        this.lines = lines;
        this.view = view;
        this.live = view.live();
        this.ending = ending;
    }

    /** The answer to what is not done. */
    static String refusal(int status, String error) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put(Protocol.VERSION_KEY, Protocol.VERSION);
        answer.put(Protocol.OK, false);
        answer.put(Protocol.STATUS, status);
        answer.put(Protocol.ERROR, error);
        return JsonText.line(answer);
    }

    @Override
    public void run() {
        try {
            answerAll();
        } catch (IOException e) {
            // It has gone, or the link has ended.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the link has ended
        } finally {
            lines.close();
        }
    }

    private void answerAll() throws IOException, InterruptedException {
        try {
            Optional<String> line = lines.read(LINE_NANOS, LINE_NANOS);
            while (line.isPresent()) {
                answer(line.get());
                line = lines.read(IDLE_NANOS, LINE_NANOS);
            }
        } catch (IOException e) {
            if (!Thread.currentThread().isInterrupted()) {
                lines.write(refusal(MISTAKE, e.getMessage()), 0);
            }
        }
    }

    private void answer(String line) throws IOException, InterruptedException {
        String answer;
        try {
            Message request = Message.parse(REQUEST, line);
            if (request.number(Protocol.VERSION_KEY).orElse(0) != Protocol.VERSION) {
                throw new IllegalArgumentException(
                        "this link understands requests with \"" + Protocol.VERSION_KEY + "\": " + Protocol.VERSION);
            }
            if (request.text(Protocol.DO).equals(Protocol.WATCH)) {
                watch(request);
                return;
            }
            answer = JsonText.line(answer(request));
        } catch (LiveLink.LostUpdateException e) {
            answer = refusal(LOST_UPDATE, e.getMessage());
        } catch (ConfigException e) {
            answer = refusal(MISTAKE, e.messageWithin(REQUEST));
        } catch (IllegalArgumentException e) {
            answer = refusal(MISTAKE, e.getMessage());
        } catch (IllegalStateException e) {
            answer = refusal(FAILURE, e.getMessage());
        } catch (RuntimeException e) {
            answer = refusal(FAILURE, "a fault of the emulator: " + Failures.describe(e));
        }
        lines.write(answer, LINE_NANOS);
    }

    private Map<String, Object> answer(Message request) throws InterruptedException {
        OptionalLong onlyVersion = request.number(Protocol.IF_VERSION);
        return switch (request.text(Protocol.DO)) {
            case Protocol.SHOW ->
                done(view.show(
                        live.link().collector().soFar(),
                        request.text(Protocol.FORMAT).equals(Protocol.TEXT)));
            case Protocol.SET -> done(view.changed(live.set(request.mapping(Protocol.CHANGE), onlyVersion)));
            case Protocol.RESET -> done(view.changed(live.reset(onlyVersion)));
            case Protocol.UNDO -> done(view.changed(live.undo(onlyVersion)));
            case Protocol.WAIT -> waitFor(request);
            case Protocol.SCENARIO -> done(view.moved(scenario(request, onlyVersion)));
            case Protocol.STOP -> stop(request);
            default ->
                throw new IllegalArgumentException("'" + request.text(Protocol.DO) + "' cannot be done"
                        + Nearest.hint(request.text(Protocol.DO), REQUESTS));
        };
    }

    private static Map<String, Object> done() {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put(Protocol.VERSION_KEY, Protocol.VERSION);
        answer.put(Protocol.OK, true);
        return answer;
    }

    private static Map<String, Object> done(Map<String, Object> more) {
        Map<String, Object> answer = done();
        answer.putAll(more);
        return answer;
    }

    /** No longer than some seconds, so that one who has gone takes nobody's place for long; who stays asks again. */
    private Map<String, Object> waitFor(Message request) throws InterruptedException {
        long nanos = Math.clamp(request.number(Protocol.TIMEOUT).orElse(0), 0, MOST_WAIT_NANOS);
        String point = request.text(Protocol.POINT);
        boolean passed =
                point.isEmpty() ? live.awaitRun(nanos) : live.playback().await(point, nanos);
        Map<String, Object> answer = done();
        answer.put("passed", passed);
        view.scenario().ifPresent(situation -> answer.put("scenario", situation));
        return answer;
    }

    private LiveLink.Answer scenario(Message request, OptionalLong onlyVersion) throws InterruptedException {
        String file = request.text(Protocol.FILE);
        return switch (request.text(Protocol.HOW)) {
            case Protocol.START ->
                live.startScenario(file.isEmpty() ? Optional.empty() : Optional.of(score(file)), onlyVersion);
            case Protocol.STOP -> live.stopScenario(onlyVersion);
            case Protocol.SEEK -> live.seekScenario(request.text(Protocol.TO), onlyVersion);
            default -> throw new IllegalArgumentException("a scenario takes start, stop or seek");
        };
    }

    private Playback.Score score(String file) {
        try {
            return live.score(Scenario.read(Path.of(file)), file);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(Shown.quoted(file) + " is not the name of a file", e);
        }
    }

    private Map<String, Object> stop(Message request) {
        String how = request.text(Protocol.HOW);
        if (!how.equals(Protocol.DRAIN) && !how.equals(Protocol.NOW)) {
            throw new IllegalArgumentException("a link stops with " + Protocol.DRAIN + " or " + Protocol.NOW);
        }
        Map<String, Object> answer = done();
        answer.put("drain_ns", how.equals(Protocol.NOW) ? 0 : live.link().drainNanos());
        ending.end(how.equals(Protocol.NOW));
        return answer;
    }

    /** A line for each second, until one side ends, and one that says so when it was the link. */
    private void watch(Message request) throws IOException, InterruptedException {
        boolean text = request.text(Protocol.FORMAT).equals(Protocol.TEXT);
        int columns = (int) request.number(Protocol.COLUMNS).orElse(TextReport.ANY_LENGTH);
        try (Samples samples = live.link().collector().read()) {
            lines.write(JsonText.line(done()), LINE_NANOS);
            for (boolean last = live.link().collector().latest().last(); !last; ) {
                Optional<Sample> next = samples.next(SECOND);
                if (next.isPresent()) {
                    last = next.get().last();
                    lines.write(
                            text
                                    ? JsonText.line(
                                            Map.of(Protocol.TEXT, TextReport.liveLines(next.get(), columns, false)))
                                    : JsonReport.interval(next.get()),
                            LINE_NANOS);
                }
            }
        }
        lines.write(JsonText.line(done(Map.of(Protocol.ENDED, true))), LINE_NANOS);
    }
}
