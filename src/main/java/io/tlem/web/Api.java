package io.tlem.web;

import io.tlem.control.LinkView;
import io.tlem.control.LiveLink;
import io.tlem.ledger.LedgerPage;
import io.tlem.scenario.Picture;
import io.tlem.scenario.Playback;
import io.tlem.scenario.Scenario;
import io.tlem.scenario.SvgDrawing;
import io.tlem.spec.LinkSpec;
import io.tlem.spec.Node;
import io.tlem.spec.Section;
import io.tlem.spec.SpecChange;
import io.tlem.spec.SpecWriter;
import io.tlem.stats.JsonReport;
import io.tlem.text.Shown;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

/** What can be asked of a link, as {@code openapi.yaml} beside this class says. Any thread. */
final class Api {
    static final String PREFIX = "/api/v1/";

    private static final String WIDTH = "width";
    private static final String NO_SCENARIO = "the link has no scenario";
    private static final String DIRECTION = "{direction}";
    private static final List<String> READING = List.of("GET", "HEAD");
    private static final List<Integer> BOTH = List.of(0, 1);

    private final LinkView view;
    private final LiveLink live;
    private final Worker worker;
    private final Metrics metrics;
    private final List<Route> routes = new ArrayList<>();

    /** Answers a request. */
    private interface Handler {
        Reply reply(Request request) throws InterruptedException;
    }

    /** @param path with {@link #DIRECTION} where a direction is named */
    private record Route(String method, String path, Handler handler) {
        /** The request as this one takes it, if it is for this path. */
        Optional<Request> match(Request request) {
            if (path.equals(request.path())) {
                return Optional.of(request);
            }
            int start = path.indexOf(DIRECTION);
            return start < 0 || !request.path().startsWith(path.substring(0, start))
                    ? Optional.empty()
                    : Optional.of(request.path().substring(start))
                            .filter(name -> List.of(Section.A_TO_B.key(), Section.B_TO_A.key())
                                    .contains(name))
                            .map(request::in);
        }
    }

    Api(LinkView view, Worker worker, Metrics metrics) {
        this.view = view;
        this.live = view.live();
        this.worker = worker;
        this.metrics = metrics;
        add("GET", "/healthz", request -> Reply.of("text/plain; charset=utf-8", Reply.bytes("ok\n")));
        add("GET", "/metrics", this::metrics);
        add("GET", PREFIX + "openapi.yaml", request -> Reply.of("application/yaml", resource("openapi.yaml")));
        add("GET", PREFIX + "link", request -> tagged(shown()));
        add("PUT", PREFIX + "link", request -> replace(request, request.object(), BOTH));
        add("PATCH", PREFIX + "link", request -> set(request, request.object()));
        add("POST", PREFIX + "link/check", request -> check(request.object()));
        add("POST", PREFIX + "link/undo", request -> changed(() -> live.undo(request.onlyVersion())));
        add("POST", PREFIX + "link/reset", request -> changed(() -> live.reset(request.onlyVersion())));
        String direction = PREFIX + "link/directions/" + DIRECTION;
        add("GET", direction, this::direction);
        add("PUT", direction, request -> replace(request, within(request), List.of(index(request))));
        add("PATCH", direction, request -> set(request, within(request)));
        add("GET", PREFIX + "config", this::config);
        add("GET", PREFIX + "journal", request -> worker.call(() -> Reply.json(Map.of("steps", view.history()))));
        add("GET", PREFIX + "statistics", this::statistics);
        add("GET", PREFIX + "models", request -> Reply.json(ModelListing.models()));
        add("GET", PREFIX + "scenario", this::drawing);
        add("POST", PREFIX + "scenario/start", this::start);
        add("POST", PREFIX + "scenario/stop", request -> moved(() -> live.stopScenario(request.onlyVersion())));
        add("POST", PREFIX + "scenario/seek", this::seek);
        add(
                "GET",
                PREFIX + "scenario/state",
                request ->
                        view.scenario().map(Reply::json).orElseGet(() -> Reply.problem(Reply.NOT_FOUND, NO_SCENARIO)));
        add("GET", PREFIX + "presets", request -> Reply.json(ModelListing.presets()));
    }

    private void add(String method, String path, Handler handler) {
        routes.add(new Route(method, path, handler));
    }

    /** What comes of a request. */
    Reply reply(Request request) throws InterruptedException {
        Map<String, Handler> methods = new LinkedHashMap<>();
        Request matched = request;
        for (Route route : routes) {
            Optional<Request> here = route.match(request);
            if (here.isPresent()) {
                matched = here.get();
                methods.put(route.method(), route.handler());
            }
        }
        if (methods.isEmpty() && READING.contains(request.method())) {
            Optional<Reply> page = Pages.find(request.path());
            if (page.isPresent()) {
                return page.get();
            }
        }
        if (methods.isEmpty()) {
            return Reply.problem(Reply.NOT_FOUND, "there is nothing at " + Shown.quoted(request.path()));
        }
        Handler handler = methods.get(request.method().equals("HEAD") ? "GET" : request.method());
        if (handler == null) {
            String allowed = methods.keySet().stream().collect(Collectors.joining(", "));
            return Reply.problem(Reply.NO_SUCH_METHOD, "possible: " + allowed).with("Allow", allowed);
        }
        return handler.reply(matched);
    }

    /** A page of the ledger, as {@link LedgerQueries#open} opens it. */
    LedgerPage ledger(String query) throws IOException {
        return LedgerQueries.open(live.link().spec(), query);
    }

    /** What the link is and has done. */
    Map<String, Object> shown() throws InterruptedException {
        return worker.call(() -> view.show(worker.recent(), false));
    }

    private static Reply tagged(Map<String, Object> object) {
        return Reply.json(object).with("ETag", "\"" + object.get("version") + "\"");
    }

    private Reply metrics(Request request) throws InterruptedException {
        // Not on this thread, which is virtual: there Java's writers start small and grow with each word, 19 MB a page.
        return worker.call(() -> metrics.reply(worker.recent(), live.version(), request.header("Accept")));
    }

    private Reply drawing(Request request) throws InterruptedException {
        String text = Query.of(request.query(), List.of(WIDTH)).getOrDefault(WIDTH, Integer.toString(SvgDrawing.WIDTH));
        int width = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
        if (width < SvgDrawing.LEAST_WIDTH) {
            throw Reply.refusal(
                    Reply.BAD_REQUEST,
                    WIDTH + " " + Shown.quoted(text) + " is not a whole number from " + SvgDrawing.LEAST_WIDTH
                            + " to 9999");
        }
        Optional<Playback.Score> score = live.playback().score();
        if (score.isEmpty() || score.get().picture().isEmpty()) {
            return Reply.problem(Reply.NOT_FOUND, NO_SCENARIO);
        }
        try {
            Picture picture = score.get().picture().get().get();
            return Reply.of(
                    "image/svg+xml",
                    Reply.bytes(SvgDrawing.of(picture, score.get().name(), width)));
        } catch (ExecutionException e) {
            return Reply.problem(
                    Reply.NOT_FOUND,
                    "the scenario cannot be drawn: " + e.getCause().getMessage());
        }
    }

    private Reply statistics(Request request) throws InterruptedException {
        return Reply.of("application/json", Reply.bytes(JsonReport.status(worker.call(worker::recent))));
    }

    private Reply config(Request request) {
        LinkSpec spec = live.link().spec();
        boolean json = request.header("Accept").contains("json");
        return json
                ? Reply.of("application/json", Reply.bytes(SpecWriter.json(spec)))
                : Reply.of("application/yaml", Reply.bytes(SpecWriter.yaml(spec)));
    }

    private static int index(Request request) {
        return LinkView.index(request.direction());
    }

    private Reply direction(Request request) {
        Optional<String> name = view.directions().stream()
                .filter(possible -> LinkView.index(possible) == index(request))
                .findFirst();
        if (name.isEmpty()) {
            return Reply.problem(
                    Reply.NOT_FOUND,
                    "nothing can pass from " + request.direction().replace("-to-", " to ") + " here");
        }
        LiveLink.Present present = live.present();
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("name", name.get());
        object.put("version", present.version());
        object.put("in_force", SpecChange.changeable(present.spec(), index(request)));
        return tagged(object);
    }

    /** What a request says of its direction, as a part of a configuration. */
    private static Node.Mapping within(Request request) {
        Node.Mapping object = request.object();
        Node.Scalar key = new Node.Scalar(object.place(), request.direction(), false);
        return new Node.Mapping(object.place(), List.of(new Node.Entry(key, object)));
    }

    private Reply set(Request request, Node.Mapping part) throws InterruptedException {
        return changed(() -> live.set(part, request.onlyVersion()));
    }

    private Reply replace(Request request, Node.Mapping part, List<Integer> directions) throws InterruptedException {
        return changed(() -> live.replace(part, directions, request.onlyVersion()));
    }

    private Reply changed(Callable<LiveLink.Answer> change) throws InterruptedException {
        return tagged(worker.call(() -> view.changed(change.call())));
    }

    /** Plays the scenario in the body, or the one that there is. */
    private Reply start(Request request) throws InterruptedException {
        Optional<Node.Mapping> steps = request.isEmpty() ? Optional.empty() : Optional.of(request.object());
        return moved(() -> live.startScenario(
                steps.map(top -> live.score(Scenario.of(top, Path.of("")), "a scenario sent over HTTP")),
                request.onlyVersion()));
    }

    private Reply seek(Request request) throws InterruptedException {
        Node.Mapping object = request.object();
        boolean right = object.entries().size() == 1
                && object.entries().getFirst().key().text().equals("to")
                && object.entries().getFirst().value() instanceof Node.Scalar;
        if (!right) {
            throw Reply.refusal(Reply.BAD_REQUEST, "seek takes {\"to\": TIME} or {\"to\": POINT}");
        }
        Node.Scalar place = (Node.Scalar) object.entries().getFirst().value();
        return moved(() -> live.seekScenario(place.text(), request.onlyVersion()));
    }

    private Reply moved(Callable<LiveLink.Answer> move) throws InterruptedException {
        return tagged(worker.call(() -> view.moved(move.call())));
    }

    private Reply check(Node.Mapping part) throws InterruptedException {
        LinkSpec spec = worker.call(() -> live.check(part, List.of()));
        return Reply.json(Map.of("in_force", view.inForce(spec)));
    }

    /** A file beside this class. */
    static byte[] resource(String name) {
        try (InputStream file = Api.class.getResourceAsStream(name)) {
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
